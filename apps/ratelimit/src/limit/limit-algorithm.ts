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
  /** The limit as the script knows it: JSON. @param now as well as it is known: only calendars need it */
  definition(now: number): string;
  /** Adds a cost as the script knows it: two numbers. */
  addCost(asked: number[], cost: number): void;
  /** The letter and what follows it, to make a charge of one cost into a charge of another. */
  changeArguments(charge: LimitNumbers, from: number, to: number): readonly string[];
  /** `retryAfterMs` is for one more `cost`. */
  read(numbers: LimitNumbers, cost: number, now: number): LimitReading;
}

/** A limit for the script: its letter, whether it is in shadow, and what it is about. */
export function definitionOf(letter: string, { shadow = false }: LimitDefinition, settings: readonly number[]): string {
  return JSON.stringify([letter, shadow, ...settings]);
}

/** Microseconds as whole milliseconds, rounded up: whoever waits for them has waited long enough. */
export function inMs(microseconds: number): number {
  return Math.ceil(Math.max(0, microseconds) / 1_000);
}
