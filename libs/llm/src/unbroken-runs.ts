/** No word is so long; merging byte pairs takes the square of a piece's length, so longer runs are counted in pieces. */
const longestRun = 128;
const blank = /\s/;
const overlong = new RegExp(
  `[\\p{L}\\p{M}]{${longestRun + 1},}|\\s{${longestRun + 1},}|[^\\s\\p{L}\\p{N}]{${longestRun + 1},}`,
  'gu',
);

/**
 * Whether a text may hold a longer unbroken run: one without blanks, or of blanks alone. A glance, for nearly every text has none,
 * and the search for the runs themselves takes as long as counting.
 */
export function mayHaveLongRuns(text: string): boolean {
  let [length, ofBlanks] = [0, false];
  for (let place = 0; place < text.length; place += 1) {
    const code = text.charCodeAt(place);
    const isBlank = code === 0x20 || (code >= 0x09 && code <= 0x0d) || (code >= 0x80 && blank.test(text[place]!));
    length = isBlank === ofBlanks ? length + 1 : 1;
    ofBlanks = isBlank;
    if (length > longestRun) return true;
  }
  return false;
}

/** The text in pieces, none of which holds a longer unbroken run; ordinary text comes back whole. */
export function* withoutLongRuns(text: string): Generator<string> {
  let from = 0;
  for (const { 0: run, index } of text.matchAll(overlong)) {
    if (index > from) yield text.slice(from, index);
    yield* cut(run, longestRun);
    from = index + run.length;
  }
  if (from < text.length) yield text.slice(from);
}

/** Pieces of about `size` UTF-16 units; a character outside the basic plane is never cut in two. */
function* cut(text: string, size: number): Generator<string> {
  for (let from = 0; from < text.length;) {
    const to = wholeCharacter(text, from + size);
    yield text.slice(from, to);
    from = to;
  }
}

/** The next place that is not inside a surrogate pair. */
export function wholeCharacter(text: string, place: number): number {
  const unit = text.charCodeAt(place);
  return unit >= 0xdc00 && unit <= 0xdfff ? place + 1 : place;
}
