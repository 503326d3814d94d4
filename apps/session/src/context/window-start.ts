import { finalSeq, firstSeq, type Block } from './blocks.js';

/**
 * The place in `units` at which a window of at most `room` tokens begins; their number when not even the last one fits.
 *
 * Of all beginnings that leave between `room - step` and `room` tokens it takes the one that holds the roundest `seq` (the one with
 * most trailing zeros in binary). As the history grows that number stays the roundest for about half a step or more, so the window
 * moves in leaps, and every replica finds the same beginning from the log alone: docs/decisions/0029-window-hysteresis.md.
 */
export function windowStart(units: readonly Block[], room: number, step: number): number {
  const lefts = tokensFrom(units);
  const first = lefts.findIndex((left) => left <= room);
  if (first < 0) return units.length;
  const behind = lefts.findIndex((left) => left < room - step);
  const last = Math.max(first, (behind < 0 ? units.length : behind) - 1);
  const round = roundest(firstSeq(units[first]!), finalSeq(units[last]!));
  const holder = units.findIndex((unit, place) => place >= first && finalSeq(unit) >= round);
  return holder;
}

/** For each unit, the tokens from its beginning to the end. */
function tokensFrom(units: readonly Block[]): number[] {
  let left = units.reduce((sum, { tokens }) => sum + tokens, 0);
  return units.map(({ tokens }) => {
    const here = left;
    left -= tokens;
    return here;
  });
}

/** The whole number from `low` to `high` that the highest power of two divides; there is only one. */
export function roundest(low: number, high: number): number {
  for (let power = 2 ** Math.floor(Math.log2(Math.max(1, high))); power > 1; power /= 2) {
    const candidate = Math.floor(high / power) * power;
    if (candidate >= low) return candidate;
  }
  return high;
}
