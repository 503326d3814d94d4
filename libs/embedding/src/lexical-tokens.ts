import { fillerWords, ordinaryWords, turningWords } from './lexical-words.js';

export interface Token {
  readonly text: string;
  /** How much the word says, in the manner of an inverse document frequency. */
  readonly weight: number;
}

/** A word with what belongs to it inside: `can't`, `node.js`, `3.5`, `c++`, `user_id`. */
const wordPattern = /[\p{L}\p{N}\p{M}_]+(?:[.,'’:/-][\p{L}\p{N}\p{M}_]+)*(?:\+\+|#)?|[%€$£¥°=<>!&|*^]+/gu;
/** Scripts that set no spaces between words. */
const unspacedPattern =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}]/u;

const weights = { filler: 0.12, ordinary: 0.55, symbol: 0.6, content: 1, telling: 1.4, turning: 1.6 };

/** The words of a text in one spelling (compatibility forms, case, simple English plurals), weighed. */
export function tokenize(text: string): Token[] {
  const words = text.normalize('NFKC').toLowerCase().replaceAll('’', "'").match(wordPattern) ?? [];
  return words.flatMap((word) => (unspacedPattern.test(word) ? pairs(word) : [weigh(word)]));
}

function weigh(word: string): Token {
  if (turningWords.has(word) || word.endsWith("n't")) {
    return { text: word, weight: weights.turning };
  }
  if (fillerWords.has(word)) {
    return { text: word, weight: weights.filler };
  }
  if (!/[\p{L}\p{N}]/u.test(word)) {
    return { text: word, weight: weights.symbol };
  }
  // Numbers, versions and identifiers decide what a question is about.
  if (/[\p{N}_]|[^'-]\.|#|\+/u.test(word)) {
    return { text: word, weight: weights.telling };
  }
  const text = singular(word);
  return { text, weight: ordinaryWords.has(text) || ordinaryWords.has(word) ? weights.ordinary : weights.content };
}

function singular(word: string): string {
  if (word.length < 4 || !/[a-z]s$/.test(word) || /(?:ss|us|is)$/.test(word)) {
    return word;
  }
  return word.endsWith('ies') && word.length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1);
}

/** Overlapping pairs of characters stand for words where none are marked. */
function pairs(run: string): Token[] {
  const characters = [...run];
  if (characters.length === 1) {
    return [{ text: run, weight: weights.content }];
  }
  return characters.slice(1).map((next, i) => ({ text: `${characters[i]}${next}`, weight: weights.content }));
}
