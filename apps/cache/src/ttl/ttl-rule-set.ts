import { phrasesPattern } from './phrase-pattern.js';
import { ttlRuleLimits, type TtlCondition, type TtlRule } from './ttl-rule.js';

export interface ReadyCondition {
  readonly pattern?: RegExp;
  readonly dateWithinDays?: number;
  readonly yearFromNow: boolean;
}

export interface ReadyRule extends TtlRule {
  readonly ready: { readonly when?: ReadyCondition; readonly unless?: ReadyCondition };
}

/** Rules, checked and compiled once; the first that matches decides. */
export class TtlRuleSet {
  private constructor(readonly rules: readonly ReadyRule[]) {}

  /**
   * @param value what a cache's settings hold, of any shape
   * @throws TtlRulesError naming every fault
   */
  static of(value: unknown): TtlRuleSet {
    const faults = ttlRuleFaults(value);
    if (faults.length > 0) throw new TtlRulesError(faults);
    return new TtlRuleSet((value as readonly TtlRule[]).map(compile));
  }
}

export class TtlRulesError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`TTL rules: ${faults.join('; ')}`);
    this.name = 'TtlRulesError';
  }
}

/** Every fault of a rule set, by its path; empty when it may be used. */
export function ttlRuleFaults(value: unknown): string[] {
  if (!Array.isArray(value)) return ['rules must be an array'];
  if (value.length > ttlRuleLimits.rules) return [`at most ${ttlRuleLimits.rules} rules`];
  const faults = value.flatMap((rule: unknown, index) => ruleFaults(rule, `rules[${index}]`));
  const isLong = faults.length === 0 && charactersOf(value as readonly TtlRule[]) > ttlRuleLimits.characters;
  return isLong ? [`the phrases of all rules must have at most ${ttlRuleLimits.characters} characters`] : faults;
}

function charactersOf(rules: readonly TtlRule[]): number {
  const phrases = rules.flatMap(({ when, unless }) => [...(when?.phrases ?? []), ...(unless?.phrases ?? [])]);
  return phrases.reduce((sum, phrase) => sum + phrase.length, 0);
}

const ruleMembers = ['name', 'class', 'when', 'unless', 'ttlSeconds', 'store', 'partitionByUser'];
const namePattern = /^[a-z][a-z0-9-]{0,63}$/u;

function ruleFaults(rule: unknown, path: string): string[] {
  if (!isObject(rule)) return [`${path} must be an object`];
  const faults = unknownMembers(rule, ruleMembers, path);
  for (const member of ['name', 'class']) {
    const isName = typeof rule[member] === 'string' && namePattern.test(rule[member]);
    if (!isName) faults.push(`${path}.${member} must be lower-case letters, digits and hyphens, at most 64`);
  }
  const { ttlSeconds } = rule;
  const isTtl =
    ttlSeconds === undefined || (Number.isInteger(ttlSeconds) && isWithin(ttlSeconds, 1, ttlRuleLimits.ttlSeconds));
  if (!isTtl) faults.push(`${path}.ttlSeconds must be a whole number from 1 to ${ttlRuleLimits.ttlSeconds}`);
  for (const member of ['store', 'partitionByUser']) {
    if (!['boolean', 'undefined'].includes(typeof rule[member])) faults.push(`${path}.${member} must be true or false`);
  }
  for (const member of ['when', 'unless']) {
    if (rule[member] !== undefined) faults.push(...conditionFaults(rule[member], `${path}.${member}`));
  }
  return faults;
}

function conditionFaults(condition: unknown, path: string): string[] {
  if (!isObject(condition)) return [`${path} must be an object`];
  const faults = unknownMembers(condition, ['phrases', 'dateWithinDays', 'yearFromNow'], path);
  if (Object.keys(condition).length === 0) faults.push(`${path} must have a condition`);
  const { phrases, dateWithinDays, yearFromNow } = condition;
  if (phrases !== undefined && !arePhrases(phrases)) {
    const { phrases: most, phraseLength } = ttlRuleLimits;
    faults.push(
      `${path}.phrases must be 1 to ${most} texts of 1 to ${phraseLength} characters with a letter or digit in each`,
    );
  }
  if (dateWithinDays !== undefined && !isWithin(dateWithinDays, 0, 3_660))
    faults.push(`${path}.dateWithinDays must be from 0 to 3660`);
  if (yearFromNow !== undefined && yearFromNow !== true) faults.push(`${path}.yearFromNow must be true, or absent`);
  return faults;
}

function arePhrases(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0 || value.length > ttlRuleLimits.phrases) return false;
  return value.every(
    (phrase) =>
      typeof phrase === 'string' && phrase.length <= ttlRuleLimits.phraseLength && /[\p{L}\p{N}]/u.test(phrase),
  );
}

function unknownMembers(value: object, known: readonly string[], path: string): string[] {
  return Object.keys(value)
    .filter((name) => !known.includes(name))
    .map((name) => `${path} has no member "${name.slice(0, 40)}"`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}

function compile(rule: TtlRule): ReadyRule {
  return { ...rule, ready: { when: compileCondition(rule.when), unless: compileCondition(rule.unless) } };
}

function compileCondition(condition: TtlCondition | undefined): ReadyCondition | undefined {
  if (condition === undefined) return undefined;
  const { phrases, dateWithinDays, yearFromNow = false } = condition;
  // One pattern for all: a question is read once, however many phrases there are.
  const pattern = phrases && phrasesPattern(phrases);
  return { pattern, dateWithinDays, yearFromNow };
}
