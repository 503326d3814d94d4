import { wordMap } from '../lexicon/word-list.js';
import type { Token } from './tokens.js';

const small = wordMap(
  `zero=0 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 ten=10 eleven=11 twelve=12 thirteen=13 fourteen=14
  fifteen=15 sixteen=16 seventeen=17 eighteen=18 nineteen=19 twenty=20 thirty=30 forty=40 fifty=50 sixty=60 seventy=70
  eighty=80 ninety=90 dozen=12 half=0.5 twice=2 double=2 thrice=3 triple=3 quadruple=4 one=1 couple=2 quarter=0.25`,
);
const scales = wordMap(
  'hundred=100 thousand=1000 k=1000 million=1000000 mil=1000000 billion=1000000000 bn=1000000000 trillion=1000000000000',
);
const ordinals = wordMap(
  `second=2 third=3 fourth=4 fifth=5 sixth=6 seventh=7 eighth=8 ninth=9 tenth=10 eleventh=11 twelfth=12 thirteenth=13
  fourteenth=14 fifteenth=15 sixteenth=16 seventeenth=17 eighteenth=18 nineteenth=19 twentieth=20 thirtieth=30 hundredth=100`,
);

export interface NumberAt {
  /** Canonical; versions keep their digits. */
  readonly value: string;
  /** How many tokens it takes. */
  readonly length: number;
}

/** The number that begins at a token, in digits or in words. "one" alone is mostly a pronoun, and no number. */
export function numberAt(tokens: readonly Token[], index: number): NumberAt | undefined {
  const token = tokens[index];
  if (token === undefined) return undefined;
  if (token.kind === 'number') return scaled(tokens, index, digits(token.word));
  if (token.kind !== 'word') return undefined;
  if (ordinals.has(token.word)) return ordinalAt(tokens, index);
  return wordsAt(tokens, index);
}

/** "1,000" and "1000" are one number, so are "2.0" and "2"; "3.10" and "3.1" are not: they may be versions. */
function digits(text: string): string {
  const grouped = /^-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/u.test(text) ? text.replaceAll(',', '') : text;
  return grouped.replace(/^(-?\d+)\.0+$/u, '$1').replace(/^(-?)0+(?=\d)/u, '$1');
}

function scaled(tokens: readonly Token[], index: number, value: string): NumberAt {
  const scale = scales.get(tokens[index + 1]?.word ?? '');
  if (scale === undefined || !/^-?\d+(?:\.\d+)?$/u.test(value)) return { value, length: 1 };
  return { value: String(Number(value) * Number(scale)), length: 2 };
}

function wordsAt(tokens: readonly Token[], index: number): NumberAt | undefined {
  let [total, current, at] = [0, 0, index];
  for (; ; at += 1) {
    const word = tokens[at]?.word ?? '';
    const scale = scales.get(word);
    if (scale !== undefined && word !== 'k' && (at > index || isArticle(tokens[index - 1]))) {
      current = (current || 1) * Number(scale);
      if (Number(scale) >= 1_000) [total, current] = [total + current, 0];
    } else if (small.has(word) && (at === index || canFollow(current, Number(small.get(word))))) {
      current += Number(small.get(word));
    } else if (!(
      word === 'and' &&
      at > index &&
      scales.has(tokens[at - 1]?.word ?? '') &&
      small.has(tokens[at + 1]?.word ?? '')
    ))
      break;
  }
  const length = at - index;
  if (length === 0 || (length === 1 && tokens[index]?.word === 'one')) return undefined;
  return { value: String(total + current), length };
}

function canFollow(current: number, next: number): boolean {
  return (current % 100 >= 20 && current % 10 === 0 && next < 10) || (current >= 100 && current % 100 === 0);
}

function isArticle(token: Token | undefined): boolean {
  return token?.word === 'a' || token?.word === 'one';
}

/** "second" is a place in an order, unless it measures time. */
function ordinalAt(tokens: readonly Token[], index: number): NumberAt | undefined {
  const { word } = tokens[index] as Token;
  const before = tokens[index - 1];
  const measuresTime = before?.kind === 'number' || ['per', 'a', 'each', 'every', 'one'].includes(before?.word ?? '');
  if (word === 'second' && measuresTime) return undefined;
  return { value: ordinals.get(word) ?? '', length: 1 };
}
