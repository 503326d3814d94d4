import type { Embedder, EmbedOptions } from './embedder.js';
import { EmbeddingError } from './embedding-error.js';
import { hashFeature } from './feature-hash.js';
import { tokenize, type Token } from './lexical-tokens.js';
import { toUnit } from './unit-vector.js';

/** Raised whenever the vectors change, so that old ones are never compared with new ones. */
const version = 1;
const dimension = 512;
/** Between the nearest pairs of other questions and the farthest near-duplicates of `npm run quality`. */
const calibratedThreshold = 0.82;
/**
 * How a word's weight is shared out: to its spelling, to its letters as a set (which survives most typos), to its pairs
 * of letters (which survive the rest in part), and to its company of other words (so that one other word among many
 * tells).
 */
const shares = { spelling: 0.1, letters: 0.2, consonants: 0.2, fewerConsonants: 0.15, letterPairs: 0.25, company: 0.1 };
const seeds = { spelling: 1, letters: 2, letterPairs: 3, company: 4, consonants: 5 };
/** How many words on either side are company, and how far apart two letters still are a pair. */
const reach = { words: 3, letters: 3 };
/** Words that say less than this are nobody's company. */
const leastCompany = 0.5;
/** Letters of a run beyond this only count as a set. */
const longestWord = 64;

/**
 * Compares the wording of texts: hashed words, pairs of words and groups of letters, weighed by how much they say.
 * Needs no model and no network. It finds near-duplicates (typos, reordering, filler); a paraphrase in other words
 * stays far away, and it knows nothing of meaning: opposites in the same words are near, which the guards must see.
 */
export class LexicalEmbedder implements Embedder {
  readonly id = `lexical-${version}-${dimension}`;
  readonly dimension = dimension;
  readonly maxCharacters = 32_768;

  constructor(readonly defaultThreshold = calibratedThreshold) {}

  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array[]> {
    return texts.map((text) => {
      options.signal?.throwIfAborted();
      return this.embedOne(text);
    });
  }

  private embedOne(text: string): Float32Array {
    if (text.length > this.maxCharacters) {
      throw new EmbeddingError('too-long', `The text has more than ${this.maxCharacters} characters`);
    }
    const vector = new Float32Array(dimension);
    for (const [hash, { count, weight }] of collectFeatures(tokenize(text))) {
      // The sub-linear term frequency of retrieval: the tenth mention says little that the first did not.
      const value = weight * (1 + Math.log(count));
      const at = hash % dimension;
      vector[at] = vector[at]! + (hash & 0x8000_0000 ? -value : value);
    }
    // A text without any word still has a place of its own: near itself, far from all else.
    return vector.some((value) => value !== 0) ? toUnit(vector) : wordless(text);
  }
}

interface Feature {
  count: number;
  readonly weight: number;
}

/** The features of a text by their hash, with how often and how heavily they occur. */
class Features extends Map<number, Feature> {
  count(seed: number, name: string, weight: number): void {
    const hash = hashFeature(seed, name);
    const known = this.get(hash);
    if (known) {
      known.count += 1;
    } else {
      this.set(hash, { count: 1, weight });
    }
  }
}

function collectFeatures(tokens: readonly Token[]): Features {
  const features = new Features();
  for (const { text, weight } of tokens) {
    features.count(seeds.spelling, text, weight * Math.sqrt(shares.spelling));
    features.count(seeds.letters, letterSet(text), weight * Math.sqrt(shares.letters));
    addConsonants(features, text, weight);
    const pairs = letterPairs(text);
    const each = weight * Math.sqrt(shares.letterPairs / pairs.length);
    pairs.forEach((pair) => features.count(seeds.letterPairs, pair, each));
  }
  addCompany(features, tokens);
  return features;
}

function addCompany(features: Features, tokens: readonly Token[]): void {
  const words = tokens.filter(({ weight }) => weight >= leastCompany);
  // Each word has up to twice the reach as company, and each pair belongs to two words.
  const share = Math.sqrt(shares.company / Math.max(1, Math.min(reach.words, (words.length - 1) / 2)));
  words.forEach((word, i) => {
    const first = consonantSet(word.text);
    for (const other of words.slice(i + 1, i + 1 + reach.words)) {
      const second = consonantSet(other.text);
      const pair = first < second ? `${first} ${second}` : `${second} ${first}`;
      features.count(seeds.company, pair, Math.sqrt(word.weight * other.weight) * share);
    }
  });
}

/** What a word keeps when letters are swapped or doubled. */
function letterSet(word: string): string {
  return [...new Set(word)].sort().join('');
}

/** What it keeps when a vowel is mistaken too; and, less, when a consonant is left out or added. */
function addConsonants(features: Features, word: string, weight: number): void {
  const consonants = consonantSet(word);
  features.count(seeds.consonants, consonants, weight * Math.sqrt(shares.consonants));
  const fewer = [...consonants].slice(0, longestWord).map((_, i) => consonants.slice(0, i) + consonants.slice(i + 1));
  const each = weight * Math.sqrt(shares.fewerConsonants / Math.max(1, fewer.length));
  fewer.forEach((rest) => features.count(seeds.consonants, rest, each));
}

/** A short word without its vowels could be any other. */
function consonantSet(word: string): string {
  const letters = letterSet(word);
  const consonants = letters.replace(/[aeiou]/g, '');
  return word.length >= 5 && consonants.length >= 3 ? consonants : letters;
}

/** Letters that stand near each other, in either order, with the ends of the word marked. */
function letterPairs(word: string): string[] {
  const marked = `^${word.slice(0, longestWord)}$`;
  const pairs: string[] = [];
  for (let i = 0; i < marked.length; i++) {
    for (let j = i + 1; j < Math.min(marked.length, i + 1 + reach.letters); j++) {
      const [a, b] = [marked[i]!, marked[j]!];
      pairs.push(a < b ? a + b : b + a);
    }
  }
  return pairs;
}

function wordless(text: string): Float32Array {
  const vector = new Float32Array(dimension);
  for (let i = 0; i < dimension; i++) {
    vector[i] = (hashFeature(i + 16, text) / 0xffff_ffff) * 2 - 1;
  }
  return toUnit(vector);
}
