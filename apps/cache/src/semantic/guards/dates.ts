import { wordMap, wordSet } from '../lexicon/word-list.js';
import { nearWords } from '../lexicon/function-words.js';
import type { Token } from './tokens.js';
import { isTypingError } from './typing-error.js';

/** When a question is about: marks that compare by equality, in order, and the tokens that they came from. */
export interface Dates {
  readonly marks: readonly string[];
  readonly used: ReadonlySet<number>;
}

const months = wordMap(
  `january=1 jan=1 february=2 feb=2 march=3 mar=3 april=4 apr=4 may=5 june=6 jun=6 july=7 jul=7 august=8 aug=8 september=9
  sep=9 sept=9 october=10 oct=10 november=11 nov=11 december=12 dec=12`,
);
const weekdays = wordMap(
  `monday=1 mon=1 mondays=1 tuesday=2 tue=2 tues=2 tuesdays=2 wednesday=3 wed=3 wednesdays=3 thursday=4 thu=4 thurs=4
  thursdays=4 friday=5 fri=5 fridays=5 saturday=6 sat=6 saturdays=6 sunday=7 sun=7 sundays=7`,
);
/** These are other words too, unless a capital or a date's neighbourhood says otherwise. */
const ambiguous = wordSet('may march mar sun sat mon wed jan dec fri');
const relative = wordMap(
  `today=today tonight=tonight tomorrow=tomorrow tmrw=tomorrow tomorow=tomorrow yesterday=yesterday weekend=weekend
  weekends=weekend noon=noon midnight=midnight morning=morning afternoon=afternoon evening=evening winter=winter summer=summer
  autumn=autumn nightly=night hourly=hour daily=day weekly=week biweekly=biweekly monthly=month quarterly=quarter
  decade=decade weekday=weekday weekdays=weekday`,
);
const turns = wordSet('this next last previous coming upcoming past following');
const periods = wordSet(
  'day week month year quarter weekend decade century semester season spring summer fall autumn winter night',
);
const dayNumber = /^(?:[1-9]|[12]\d|3[01])$/u;
const ordinal = wordSet('st nd rd th');

export function readDates(tokens: readonly Token[]): Dates {
  const marks: string[] = [];
  const used = new Set<number>();
  const mark = (name: string, ...indices: number[]): void => {
    marks.push(name);
    for (const index of indices) used.add(index);
  };
  tokens.forEach((token, index) => {
    if (used.has(index)) return;
    if (token.kind === 'number') readNumber(tokens, index, mark);
    else if (token.kind === 'word') readWord(tokens, index, mark, used);
  });
  return { marks, used };
}

type Mark = (name: string, ...indices: number[]) => void;

function readNumber(tokens: readonly Token[], index: number, mark: Mark): void {
  const { word } = tokens[index] as Token;
  const next = tokens[index + 1];
  if (/^\d{1,2}:\d{2}(?::\d{2})?$/u.test(word)) {
    const half = next !== undefined && /^[ap]m?$/u.test(next.word) ? next.word : '';
    return mark(`time:${word}${half}`, index, ...(half ? [index + 1] : []));
  }
  if (/^\d{1,2}$/u.test(word) && next !== undefined && /^(?:am|pm)$/u.test(next.word)) {
    return mark(`time:${word}:00${next.word}`, index, index + 1);
  }
  if (/^(?:1[5-9]|20|21)\d0$/u.test(word) && next?.word === 's') return mark(`decade:${word}`, index, index + 1);
  if (/^(?:1[5-9]|20|21)\d\d$/u.test(word) && isYear(tokens, index)) return mark(`year:${word}`, index);
}

const measured = wordSet(
  'calories kcal dollars dollar usd euros eur pounds grams g kg mg ml km miles mi meters metres feet ft steps words characters',
  'mah mb gb tb kb kbps mbps watts w kwh rpm hz mhz people users requests rows items points % degrees hours minutes seconds',
);

function isYear(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1];
  const after = tokens[index + 1];
  const isMeasured = after !== undefined && measured.has(after.word);
  return !isMeasured && !(before?.kind === 'symbol' && /[$€£¥₹]/u.test(before.text));
}

function readWord(tokens: readonly Token[], index: number, mark: Mark, used: ReadonlySet<number>): void {
  const { text } = tokens[index] as Token;
  const word = corrected((tokens[index] as Token).word);
  const next = tokens[index + 1];
  const month = months.get(word);
  if (month !== undefined && isDateName(tokens, index)) return readMonth(tokens, index, month, mark, used);
  const weekday = weekdays.get(word);
  if (weekday !== undefined && isDateName(tokens, index)) {
    const turn = turnBefore(tokens, index);
    return mark(`weekday:${turn}${weekday}`, index);
  }
  if (/^q$/iu.test(text) && next !== undefined && /^[1-4]$/u.test(next.word))
    return mark(`quarter:${next.word}`, index, index + 1);
  if (turns.has(word) && next !== undefined && periods.has(singular(next.word))) {
    return mark(`${nameTurn(word)}-${singular(next.word)}`, index, index + 1);
  }
  const name = relative.get(word);
  if (name !== undefined) return mark(name, index);
  if (word === 'ago') return mark('ago', index);
  if (/^(?:bc|bce)$/u.test(word) && tokens[index - 1]?.kind === 'number') return mark('bc', index);
}

function readMonth(
  tokens: readonly Token[],
  index: number,
  month: string,
  mark: Mark,
  used: ReadonlySet<number>,
): void {
  const days = [index + 1, index - 1, index - 2, index - 3].filter((at) => {
    const { kind, word } = tokens[at] ?? {};
    return (
      kind === 'number' && word !== undefined && dayNumber.test(word) && !used.has(at) && reaches(tokens, at, index)
    );
  });
  const day = days[0];
  const turn = turnBefore(tokens, index);
  mark(
    `month:${turn}${month}${day === undefined ? '' : `-${(tokens[day] as Token).word}`}`,
    index,
    ...days.slice(0, 1),
  );
}

/** Only "st", "nd", "rd", "th" and "of" stand between a day and its month. */
function reaches(tokens: readonly Token[], from: number, to: number): boolean {
  return tokens
    .slice(Math.min(from, to) + 1, Math.max(from, to))
    .every(({ word }) => ordinal.has(word) || word === 'of');
}

const longNames = [...months.keys(), ...weekdays.keys(), ...relative.keys()].filter((name) => name.length >= 6);

/** "Wensday" and "tomorow" are meant as dates too. */
function corrected(word: string): string {
  if (word.length < 5 || isKnownWord(word)) return word;
  return longNames.find((name) => name[0] === word[0] && isTypingError(word, name)) ?? word;
}

function isKnownWord(word: string): boolean {
  return months.has(word) || weekdays.has(word) || relative.has(word) || turns.has(word) || nearWords.has(word);
}

function isDateName(tokens: readonly Token[], index: number): boolean {
  const { word, text, opensSentence } = tokens[index] as Token;
  if (!ambiguous.has(word)) return true;
  if (tokens[index - 1]?.kind === 'number' || tokens[index + 1]?.kind === 'number') return true;
  if (!opensSentence && /^\p{Lu}/u.test(text)) return true;
  return ['in', 'on', 'of', 'until', 'since', 'by', ...turns].includes(tokens[index - 1]?.word ?? '');
}

function turnBefore(tokens: readonly Token[], index: number): string {
  const before = tokens[index - 1]?.word ?? '';
  return turns.has(before) && before !== 'this' ? `${nameTurn(before)}-` : '';
}

function nameTurn(word: string): string {
  if (word === 'previous' || word === 'past') return 'last';
  return word === 'coming' || word === 'upcoming' || word === 'following' ? 'next' : word;
}

function singular(word: string): string {
  return word.length > 3 && word.endsWith('s') ? word.slice(0, -1) : word;
}
