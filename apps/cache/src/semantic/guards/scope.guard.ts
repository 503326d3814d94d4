import { wordSet } from '../lexicon/word-list.js';
import type { Analysis } from './analysis.js';
import type { Guard } from './guard.js';

/** Two sorts of small words: one in this question and the other in that say that another set or person is meant. */
const everywhere = [
  [wordSet('all every each'), wordSet('some few several')],
  [wordSet('he him his himself'), wordSet('she her hers herself')],
];
/** Sorts of the auxiliary that opens a question of yes or no. */
const openings = [
  wordSet('can could may might'),
  wordSet('must need'),
  wordSet('should ought'),
  wordSet('will shall'),
  wordSet('did was were had'),
  wordSet('is are am do does has have'),
];
const [and, or] = [wordSet('and'), wordSet('or')];
const restricting = wordSet('only solely exclusively');

/** Small words that turn a question: "some" and "all", "must I" and "can I", "did it" and "will it", "only", "and" and "or". */
export const scopeGuard: Guard = {
  name: 'scope',
  languages: ['en'],
  vetoes: (a, b) => {
    if (everywhere.some(([one, other]) => areApart(a, b, one!, other!) || areApart(b, a, one!, other!))) return true;
    if (has(a, restricting) !== has(b, restricting)) return true;
    return haveSameWords(a, b) && (opensOtherwise(a, b) || areApart(a, b, and, or) || areApart(b, a, and, or));
  },
};

function has({ words }: Analysis, sort: ReadonlySet<string>): boolean {
  return [...sort].some((word) => words.has(word));
}

/** One sort in a alone, the other in b alone. */
function areApart(a: Analysis, b: Analysis, one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return has(a, one) && !has(a, other) && has(b, other) && !has(b, one);
}

function opensOtherwise(a: Analysis, b: Analysis): boolean {
  const [inA, inB] = [a, b].map(({ tokens }) => openings.findIndex((sort) => sort.has(tokens[0]?.word ?? '')));
  return inA !== -1 && inB !== -1 && inA !== inB;
}

/** Only then the small words are all the difference; other wordings have their own ways to ask. */
function haveSameWords(a: Analysis, b: Analysis): boolean {
  return a.content.every(({ stem }) => b.stems.has(stem)) && b.content.every(({ stem }) => a.stems.has(stem));
}
