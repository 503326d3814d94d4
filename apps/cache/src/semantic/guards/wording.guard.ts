import { functionWords, lightVerbs, lightWords, nearWords } from '../lexicon/function-words.js';
import { knownNames } from '../lexicon/names.js';
import { synonyms } from '../lexicon/synonyms.js';
import { wordSet } from '../lexicon/word-list.js';
import type { Analysis, ContentWord } from './analysis.js';
import type { Guard } from './guard.js';
import { stem } from './stem.js';
import { isSlipOfUnknown, isTypingError } from './typing-error.js';

/** From which share of words in the same order on two questions are one pattern with different words in it. */
const samePattern = 0.6;
/** From which share of content words in common on one remaining word on each side is what the questions are about. */
const nearlyAlike = 0.8;

/**
 * Questions of one pattern that differ in the word that matters: "how do I cancel my order" and "how do I track my order".
 * Where the pattern differs there is nothing to tell from: the embedding alone decides.
 */
export const wordingGuard: Guard = {
  name: 'wording',
  languages: ['en'],
  vetoes: (a, b) => {
    const [restA, restB] = [heavy(unmatched(a, b)), heavy(unmatched(b, a))];
    if (restA.length + restB.length === 0) return verbsExchanged(a, b) || intentsDiffer(a, b) || intentsDiffer(b, a);
    const shared = heavy(a.content).length - restA.length;
    const isExchange = restA.length === 1 && restB.length === 1;
    if (isExchange && shared / (shared + 1) >= nearlyAlike) return true;
    return patternShare(a, b) >= samePattern;
  },
};

const ways = wordSet(
  'to way ways step steps process procedure method methods time reason reasons idea ideas best good',
);
const persons = wordSet('i we you someone somebody should');

/** "What is a mortgage" asks for a definition, "how do I get a mortgage" for help with one. */
function intentsDiffer(a: Analysis, b: Analysis): boolean {
  const [first, second] = a.tokens.map(({ word }) => word);
  const asksDefinition = first === 'what' && (second === 'is' || second === 'are');
  return asksDefinition && !a.tokens.some(({ word }) => persons.has(word) || ways.has(word)) && involvesPerson(b);
}

function involvesPerson({ tokens }: Analysis): boolean {
  return tokens.some(({ word }) => persons.has(word));
}

/** "How do I make yoghurt" is not "how do I use yoghurt". */
function verbsExchanged(a: Analysis, b: Analysis): boolean {
  const [verbsA, verbsB] = [unmatched(a, b), unmatched(b, a)].map((rest) =>
    rest.filter(({ word }) => lightVerbs.has(word)),
  );
  return (verbsA?.length ?? 0) > 0 && (verbsB?.length ?? 0) > 0 && patternShare(a, b) >= samePattern;
}

function heavy(words: readonly ContentWord[]): readonly ContentWord[] {
  return words.filter(({ isLight }) => !isLight);
}

/** Share of words that both questions have in the same order: twice the longest common subsequence over all words. */
function patternShare(a: Analysis, b: Analysis): number {
  const [wordsA, wordsB] = [patternOf(a), patternOf(b)];
  let previous = new Array<number>(wordsB.length + 1).fill(0);
  for (const word of wordsA) {
    const current = [0];
    wordsB.forEach((other, index) => {
      const longer = Math.max(previous[index + 1] ?? 0, current[index] ?? 0);
      current.push(word === other ? (previous[index] ?? 0) + 1 : longer);
    });
    previous = current;
  }
  return (2 * (previous[wordsB.length] ?? 0)) / Math.max(1, wordsA.length + wordsB.length);
}

function patternOf({ tokens }: Analysis): string[] {
  return tokens.filter(({ kind }) => kind !== 'symbol').map((token) => token.stem);
}

/** The words of a that have no counterpart in b. */
function unmatched(a: Analysis, b: Analysis): ContentWord[] {
  const joined = new Set([...joinedWords(b), ...joinedWords(a)]);
  return a.content.filter((word) => !isMet(word, a, b, joined));
}

function isMet({ word, stem: root, at }: ContentWord, a: Analysis, b: Analysis, joined: ReadonlySet<string>): boolean {
  if (b.words.has(word) || b.stems.has(root) || joinsMet(word, at, a, b, joined)) return true;
  const groups = synonyms.get(word) ?? groupsOf(root);
  if (
    groups !== undefined &&
    b.content.some(
      (other) => !a.stems.has(other.stem) && overlaps(groups, synonyms.get(other.word) ?? groupsOf(other.stem)),
    )
  )
    return true;
  return b.tokens.some((other) => isSlip(word, other.word, a));
}

const byStem = new Map<string, ReadonlySet<number>>();
for (const [word, groups] of synonyms) byStem.set(stem(word), new Set([...(byStem.get(stem(word)) ?? []), ...groups]));

function groupsOf(root: string): ReadonlySet<number> | undefined {
  return byStem.get(root);
}

function overlaps(a: ReadonlySet<number>, b: ReadonlySet<number> | undefined): boolean {
  return b !== undefined && [...a].some((group) => b.has(group));
}

/** A slip turns a word into no word: of two known words neither is a slip of the other. */
function isSlip(word: string, other: string, a: Analysis): boolean {
  if (
    Math.abs(word.length - other.length) > 2 ||
    (word[0] !== other[0] && word[1] !== other[1] && word[0] !== other[1])
  )
    return false;
  if (isKnown(word) && isKnown(other)) return false;
  if (!isKnown(word) && !isKnown(other)) return isSlipOfUnknown(word, other);
  return !a.words.has(other) && isTypingError(word, other);
}

function isKnown(word: string): boolean {
  const root = stem(word);
  return (
    [functionWords, lightWords, nearWords, knownNames].some((known) => known.has(word) || known.has(root)) ||
    synonyms.has(word) ||
    byStem.has(root)
  );
}

/** "log in" and "login", "e-mail" and "email". */
function joinsMet(word: string, at: number, a: Analysis, b: Analysis, joined: ReadonlySet<string>): boolean {
  if (joined.has(word) && !a.words.has(`${word}s`) && joinedWords(b).has(word)) return true;
  const [before, after] = [a.tokens[at - 1]?.word ?? '', a.tokens[at + 1]?.word ?? ''];
  return b.words.has(before + word) || b.words.has(word + after);
}

function joinedWords({ tokens }: Analysis): ReadonlySet<string> {
  const words = tokens.filter(({ word }) => word !== '-');
  return new Set(words.slice(1).map(({ word }, index) => (words[index]?.word ?? '') + word));
}
