import type { GuardName, GuardSettings } from '#contracts';
import type { Analysis } from './analysis.js';
import type { Language } from './language.js';

export type { GuardName, GuardSettings };

/** Finds one sort of difference that changes the answer, however near two questions are in meaning. */
export interface Guard {
  readonly name: GuardName;
  /** The languages whose words it knows; `any` when it reads signs only. */
  readonly languages: readonly Language[] | 'any';
  /** Symmetrical. */
  vetoes(a: Analysis, b: Analysis): boolean;
}

/** Whether two lists hold the same values in the same order. */
export function sameOrder(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

/** Whether two lists hold the same values, however often. */
export function sameValues(a: readonly string[], b: readonly string[]): boolean {
  return a.every((value) => b.includes(value)) && b.every((value) => a.includes(value));
}
