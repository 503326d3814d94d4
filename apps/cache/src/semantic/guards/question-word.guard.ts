import { wordMap, wordSet } from '../lexicon/word-list.js';
import type { Analysis } from './analysis.js';
import type { Guard } from './guard.js';
import type { Token } from './tokens.js';

/** What a noun behind "what" or "which" asks for. */
const asked = wordMap(
  `time=when date=when day=when year=when month=when century=when era=when place=where location=where city=where country=where
  reason=why reasons=why cause=why causes=why caused=why makes=why purpose=why explains=why way=how ways=how method=how methods=how steps=how
  process=how procedure=how technique=how do=how person=who people=who name=who founder=who author=who inventor=who artist=who painter=who singer=who writer=who actor=who director=who president=who king=who queen=who scientist=who age=how-old
  cost=how-much price=how-much distance=how-far number=how-much amount=how-much length=how-long duration=how-long
  percentage=how-much temperature=how-hot speed=how-fast height=how-tall weight=how-much population=how-much`,
);
const measures = wordSet(
  'much many long old far often tall high big deep fast hot cold wide large heavy soon late early close',
);
const questionWords = wordSet('who whom whose when where why how what which');
const looking = wordSet('find see check view track change switch download get look');
const auxiliaries = wordSet('is are was were do does did can could should would will has have had may might must am');

/** "When", "where", "who", "why" and "how much" ask for different answers about the same thing. */
export const questionWordGuard: Guard = {
  name: 'question-word',
  languages: ['en'],
  vetoes: (a, b) => {
    const [inA, inB] = [kindOf(a), kindOf(b)];
    if (inA === inB || inA === '' || inB === '') return false;
    const loose = (kind: string): boolean => kind === 'what' || kind === 'how';
    if (loose(inA) && loose(inB)) return false;
    return !(isMeasure(inA) && isMeasure(inB) && inA.slice(4) !== 'old' && inB.slice(4) !== 'old' && areNear(inA, inB));
  },
};

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
  return auxiliaries.has(words[0]?.word ?? '') ? 'whether' : '';
}

/** "if", "when" and "where" behind a clause only join it. */
function isAsked(words: readonly Token[], at: number): boolean {
  const word = words[at]?.word ?? '';
  if (!/^(?:when|where|who|which|whose)$/u.test(word)) return true;
  const next = words[at + 1]?.word ?? '';
  if (at === 0) return word !== 'when' || auxiliaries.has(next);
  return auxiliaries.has(next) && !auxiliaries.has(words[0]?.word ?? '');
}

function refine(words: readonly Token[], at: number): string {
  const word = words[at]?.word ?? '';
  const next = words[at + 1]?.word ?? '';
  // "Where can I see my orders" asks how.
  if (word === 'where' && words.slice(at + 1, at + 5).some((token) => looking.has(token.word))) return 'how';
  if (word === 'how') return measures.has(next) ? `how-${next}` : next === 'come' ? 'why' : 'how';
  if (word !== 'what' && word !== 'which') return /^who/u.test(word) ? 'who' : word;
  const near = words.slice(at + 1, at + 5).map((token) => asked.get(token.word));
  const kind = near.find((name) => name !== undefined && name !== 'how');
  return kind ?? (words.at(-1)?.word === 'for' ? 'why' : 'what');
}
