import { askedNouns } from '../lexicon/asked-nouns.js';
import { wordSet } from '../lexicon/word-list.js';
import { functionWords, lightWords } from '../lexicon/function-words.js';
import type { Analysis } from './analysis.js';
import type { Guard } from './guard.js';
import type { Token } from './tokens.js';

const measures = wordSet(
  'much many long old far often tall high big deep fast hot cold wide large heavy soon late early close',
);
const questionWords = wordSet('who whom whose when where why how what which');
const looking = wordSet(
  'find see check view track change switch download get look buy order book apply report sign register',
);
const ability =
  /^(?:(?:can|could) (?:i|we|one|someone)|is it possible(?: for \w+)? to|(?:is|are) there (?:a|an|any) (?:easy |good )?ways?)\b/u;
const auxiliaries = wordSet('is are was were do does did can could should would will has have had may might must am');

/** "When", "where", "who", "why" and "how much" ask for different answers about the same thing. */
export const questionWordGuard: Guard = {
  name: 'question-word',
  languages: ['en'],
  vetoes: (a, b) => {
    const [inA, inB] = [kindOf(a), kindOf(b)];
    if (inA === inB || inA === '' || inB === '') return false;
    if (mayMeet(inA, inB) || mayMeet(inB, inA)) return false;
    return !(isMeasure(inA) && isMeasure(inB) && inA.slice(4) !== 'old' && inB.slice(4) !== 'old' && areNear(inA, inB));
  },
};

/** "Can I change my name" is mostly answered by how. */
function mayMeet(a: string, b: string): boolean {
  return a === 'how' && (b === 'what' || b === 'can') ? true : a === 'whether' && b === 'can';
}

function isMeasure(kind: string): boolean {
  return kind.startsWith('how-');
}

const alike = [wordSet('how-tall how-high'), wordSet('how-big how-large'), wordSet('how-much how-many')];

function areNear(a: string, b: string): boolean {
  return alike.some((group) => group.has(a) && group.has(b));
}

/** The sort of answer that is asked for; empty for imperatives and keywords. */
function kindOf({ tokens }: Analysis): string {
  const words = tokens.filter(({ kind }) => kind === 'word');
  const at = words.findIndex(({ word }, index) => questionWords.has(word) && isAsked(words, index));
  if (at >= 0) return refine(words, at);
  if (words[1]?.word === 'you') return '';
  if (!auxiliaries.has(words[0]?.word ?? '')) return '';
  return ability.test(words.map(({ word }) => word).join(' ')) ? 'can' : 'whether';
}

/** "if", "when" and "where" behind a clause only join it. */
function isAsked(words: readonly Token[], at: number): boolean {
  const word = words[at]?.word ?? '';
  if (!/^(?:when|where|who|which|whose)$/u.test(word)) return true;
  const next = words[at + 1]?.word ?? '';
  if (at === 0) return word !== 'when' || auxiliaries.has(next);
  return auxiliaries.has(next) && !auxiliaries.has(words[0]?.word ?? '');
}

/** Behind a word of meaning the noun only says more of it: "the average person's income", "the capital city". */
function isHead(before: Token | undefined, index: number): boolean {
  const word = before?.word ?? '';
  const isVerb = auxiliaries.has(word) && !/^(?:is|are|was|were)$/u.test(word);
  return index === 0 || (!isVerb && (functionWords.has(word) || lightWords.has(word)));
}

/** Who is written to is another than who writes. */
function whoOf(words: readonly Token[], at: number): string {
  const isObject = words[at]?.word === 'whom' || /^(?:do|does|did)$/u.test(words[at + 1]?.word ?? '');
  return isObject ? 'whom' : 'who';
}

/** "Which city is the capital of Peru" asks what the capital is; "which city is it in" asks where. */
function namesThing(words: readonly Token[]): boolean {
  const isNamed = /^(?:is|are|was|were)$/u.test(words[1]?.word ?? '');
  return isNamed && !/^(?:in|at|on|from|to|by|near)$/u.test(words.at(-1)?.word ?? '');
}

function refine(words: readonly Token[], at: number): string {
  const word = words[at]?.word ?? '';
  const next = words[at + 1]?.word ?? '';
  // "Where can I see my orders" asks how.
  if (word === 'where' && words.slice(at + 1, at + 8).some((token) => looking.has(token.word))) return 'how';
  if (word === 'how') return measures.has(next) ? `how-${next}` : next === 'come' ? 'why' : 'how';
  if (word !== 'what' && word !== 'which') return /^who/u.test(word) ? whoOf(words, at) : word;
  const kind = words
    .slice(at + 1, at + 5)
    .flatMap((token, index) => (isHead(words[at + index], index) ? (askedNouns.get(token.word) ?? []) : []))
    .find((name) => name !== 'how');
  if (kind === 'where' && namesThing(words.slice(at + 1))) return 'what';
  return kind ?? (words.at(-1)?.word === 'for' ? 'why' : 'what');
}
