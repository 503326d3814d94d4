import type { LimitDefinition } from '#contracts';

/** What stands in Redis for one limit: three whole numbers whose meaning take-limits.lua tells. */
export type LimitNumbers = readonly [number, number, number];

/** Where a limit stands; members as in `LimitState`. */
export interface LimitReading {
  readonly remaining: number;
  readonly resetMs: number;
  readonly retryAfterMs: number | null;
  readonly windowSeconds: number;
}

/**
 * One limit's side of take-limits.lua: what the script is given, and what its numbers mean. Times are microseconds of the
 * Redis server. A reading may be made at any time after its numbers were: it says how things stand if nobody came meanwhile.
 */
export interface LimitAlgorithm {
  /** Adds the letter and what follows it. @param now as well as it is known: only calendars need it. */
  addTake(args: (string | number)[], cost: number, now: number): void;
  /** The letter and what follows it, to make a charge of one cost into a charge of another. */
  changeArguments(charge: LimitNumbers, from: number, to: number): readonly string[];
  /** `retryAfterMs` is for one more `cost`. */
  read(numbers: LimitNumbers, cost: number, now: number): LimitReading;
}

/** Scripts know limits in shadow by a capital letter. */
export function letterOf(letter: string, { shadow }: LimitDefinition): string {
  return shadow ? letter.toUpperCase() : letter;
}

/** Microseconds as whole milliseconds, rounded up: whoever waits for them has waited long enough. */
export function inMs(microseconds: number): number {
  return Math.ceil(Math.max(0, microseconds) / 1_000);
}
