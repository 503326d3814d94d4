/** No word is so long; merging byte pairs takes the square of a piece's length, so longer runs are counted in pieces. */
const longestRun = 128;
const overlong = new RegExp(
  `[\\p{L}\\p{M}]{${longestRun + 1},}|\\s{${longestRun + 1},}|[^\\s\\p{L}\\p{N}]{${longestRun + 1},}`,
  'gu',
);

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
