/** Whether one word may be a slip of the other: one edit (from 4 letters on) or two (from 8 on), transpositions included. */
export function isTypingError(a: string, b: string): boolean {
  const longest = Math.max(a.length, b.length);
  if (longest < 4 || Math.min(a.length, b.length) < 3) return false;
  const bound = longest >= 8 ? 2 : 1;
  return Math.abs(a.length - b.length) <= bound && editDistance(a, b, bound) <= bound;
}

/**
 * The same for two words of which neither is known: either could be right, so only slips count that seldom turn one word
 * into another: a letter too many or too few, two exchanged, a doubled one, a wrong vowel inside a long word ("lactose" and
 * "lactase" stay different).
 */
export function isSlipOfUnknown(a: string, b: string): boolean {
  if (Math.min(a.length, b.length) < 5 || a[0] !== b[0]) return false;
  if (withoutDoubles(a) === withoutDoubles(b)) return true;
  if (!isTypingError(a, b)) return false;
  return a.length !== b.length ? Math.abs(a.length - b.length) === 1 : isAnagram(a, b) || differsInVowel(a, b);
}

function withoutDoubles(word: string): string {
  return word.replace(/(.)\1/gu, '$1');
}

function isAnagram(a: string, b: string): boolean {
  return [...a].sort().join('') === [...b].sort().join('');
}

/** Not among the last three letters, where a vowel makes "-ate" of "-ite". */
function differsInVowel(a: string, b: string): boolean {
  const places = [...a].flatMap((letter, index) => (letter === b[index] ? [] : [index]));
  const [place = 0] = places;
  const areVowels = /[aeiou]/u.test(a[place] ?? '') && /[aeiou]/u.test(b[place] ?? '');
  return a.length >= 9 && places.length === 1 && areVowels && place < a.length - 3;
}

/** Optimal string alignment distance: Levenshtein's, with swapped neighbours as one edit; exact up to the bound. */
function editDistance(a: string, b: string, bound: number): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      current.push(cheapest(a, b, row, column, before, previous, current));
    }
    if (Math.min(...current) > bound) return bound + 1;
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? bound + 1;
}

function cheapest(
  a: string,
  b: string,
  row: number,
  column: number,
  before: readonly number[],
  previous: readonly number[],
  current: readonly number[],
): number {
  const differs = a[row - 1] === b[column - 1] ? 0 : 1;
  const steps = [at(previous, column) + 1, at(current, column - 1) + 1, at(previous, column - 1) + differs];
  const isSwapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
  return Math.min(...steps, isSwapped ? at(before, column - 2) + 1 : Infinity);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
