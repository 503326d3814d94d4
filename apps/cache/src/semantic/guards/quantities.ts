import { boundUnits, exactCaseUnits, plainUnits, signUnits, timeUnits } from '../lexicon/units.js';
import { wordSet } from '../lexicon/word-list.js';
import { numberAt } from './number-words.js';
import type { Token } from './tokens.js';

/** A number, with what it counts. */
export interface Quantity {
  readonly value: string;
  /** Canonical unit, if one is attached. */
  readonly unit: string;
  /** `>`, `>=`, `<`, `<=` or nothing. */
  readonly comparison: string;
  /** The next word, when no unit is attached. */
  readonly counted: string;
}

export interface Quantities {
  readonly numbers: readonly Quantity[];
  /** Units that no number is attached to, in order; "a mile" keeps its article. */
  readonly freeUnits: readonly string[];
  readonly used: ReadonlySet<number>;
}

export function readQuantities(tokens: readonly Token[], dated: ReadonlySet<number>): Quantities {
  const numbers: Quantity[] = [];
  const freeUnits: string[] = [];
  const used = new Set<number>();
  for (let index = 0; index < tokens.length; index += 1) {
    if (dated.has(index)) continue;
    const number = numberAt(tokens, index);
    if (number === undefined) {
      const unit = freeUnitAt(tokens, index);
      if (unit !== undefined) freeUnits.push(isArticle(tokens[index - 1]) ? `a ${unit}` : unit);
      if (unit !== undefined) used.add(index);
      continue;
    }
    const after = skipOrdinal(tokens, index + number.length);
    const [unit, length] = unitAt(tokens, index, after);
    const counted = unit === '' ? (tokens[after]?.word ?? '') : '';
    numbers.push({ value: number.value, unit, comparison: comparisonAt(tokens, index, after + length), counted });
    for (let at = index; at < after + length; at += 1) used.add(at);
    if (unit !== '' && length === 0) used.add(index - 1);
    index = after + length - 1;
  }
  return { numbers, freeUnits, used };
}

function skipOrdinal(tokens: readonly Token[], index: number): number {
  const { word = '', kind } = tokens[index] ?? {};
  return (kind === 'word' && /^(?:st|nd|rd|th)$/u.test(word)) || (kind === 'symbol' && word === '-')
    ? index + 1
    : index;
}

/** The unit behind a number (or the currency sign before it), and how many tokens it takes behind. */
function unitAt(tokens: readonly Token[], index: number, after: number): [string, number] {
  const sign = tokens[index - 1];
  if (sign?.kind === 'symbol' && /[$€£¥₹₽]/u.test(sign.text)) return [signUnits.get(sign.text) ?? '', 0];
  const [token, next] = [tokens[after], tokens[after + 1]];
  const degrees = token?.word === '°' || /^deg(?:rees?)?$/u.test(token?.word ?? '');
  if (degrees) {
    const scale = /^(?:c|celsius|centigrade)$/u.test(next?.word ?? '')
      ? 'celsius'
      : /^f(?:ahrenheit)?$/u.test(next?.word ?? '')
        ? 'fahrenheit'
        : '';
    return scale === '' ? ['degree', 1] : [scale, 2];
  }
  if (token?.word === 'light' && /^years?$/u.test(next?.word ?? '')) return ['ly', 2];
  if (token?.word === 'per' && next?.word === 'cent') return ['%', 2];
  const unit = unitOf(token) ?? (token?.kind === 'word' ? boundUnits.get(token.word) : undefined);
  return unit === undefined || isPreposition(token, next) ? ['', 0] : [unit, 1];
}

function isArticle(token: Token | undefined): boolean {
  return token?.word === 'a' || token?.word === 'an';
}

/** "5 in" may be inches, "5 in total" is not. */
function isPreposition(token: Token | undefined, next: Token | undefined): boolean {
  return (token?.word === 'in' || token?.word === 'a') && next?.kind === 'word' && next.word !== 'to';
}

function unitOf(token: Token | undefined): string | undefined {
  if (token === undefined) return undefined;
  if (token.kind === 'symbol') return signUnits.get(token.text);
  return token.kind === 'word' ? (exactCaseUnits.get(token.text) ?? plainUnits.get(token.word)) : undefined;
}

const rates = wordSet('per a an each every / in to into of');

function freeUnitAt(tokens: readonly Token[], index: number): string | undefined {
  const token = tokens[index];
  const before = tokens[index - 1]?.word ?? '';
  const unit = unitOf(token);
  if (unit !== undefined) {
    const isTime =
      timeUnits.has(unit) ||
      unit === 'cup' ||
      unit === 'stone' ||
      unit === 'krw' ||
      unit === 'bit' ||
      unit === 'minute';
    return !isTime || rates.has(before) || before === 'many' ? unit : undefined;
  }
  const bound = token?.kind === 'word' ? boundUnits.get(token.word) : undefined;
  const isLetter = (token?.word.length ?? 0) === 1;
  if (bound === undefined || !rates.has(before) || token?.word === 'in' || token?.word === 'a') return undefined;
  return isLetter && !/^[A-Z]$/u.test(token?.text ?? '') && before !== '/' ? undefined : bound;
}

const upward = wordSet(
  'over above exceed exceeds exceeding beyond > bigger higher larger greater longer taller older heavier after',
);
const downward = wordSet('under below < smaller lower lesser shorter younger cheaper lighter before fewer');

/** Which side of the number is meant: read from the words around it. */
function comparisonAt(tokens: readonly Token[], index: number, after: number): string {
  const words = tokens.slice(Math.max(0, index - 4), index).map(({ word }) => word);
  const near = words.filter((word) => !/^(?:than|to|[$€£¥₹]|the|a|about|age|of)$/u.test(word)).slice(-1)[0] ?? '';
  const phrase = words.join(' ');
  const behind = tokens
    .slice(after, after + 3)
    .map(({ word }) => word)
    .join(' ');
  const isNegated = /\b(?:no|not) (?:more|less|fewer|over|under|older|younger) ?(?:than)?(?: \W| the| a)*$/u.test(
    phrase,
  );
  if (
    /\bat least\b[^]{0,4}$|\bminimum\b[^]{0,6}$|(?:>=|≥) ?$/u.test(phrase) ||
    /^(?:or|and|\+) ?(?:more|older|higher|over|above|up|longer|greater)/u.test(behind)
  )
    return '>=';
  if (
    /\bat most\b[^]{0,4}$|\bmaximum\b[^]{0,6}$|\bup to\b[^]{0,4}$|(?:<=|≤) ?$/u.test(phrase) ||
    /^(?:or|and) (?:less|fewer|younger|lower|under|below|shorter|smaller)/u.test(behind)
  )
    return '<=';
  if (/\b(?:more|greater|higher|older|larger|bigger|longer) than\b[^]{0,4}$/u.test(phrase) || upward.has(near))
    return isNegated ? '<=' : '>';
  if (/\b(?:less|fewer|lower|younger|smaller|shorter|cheaper) than\b[^]{0,4}$/u.test(phrase) || downward.has(near))
    return isNegated ? '>=' : '<';
  return '';
}
