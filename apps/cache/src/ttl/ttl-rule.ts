/** What a rule decides about a question that it matches. */
export interface TtlRule {
  /** Shown with the decision. */
  readonly name: string;
  /** `static`, `time-sensitive`, `user-specific`, or a class of the cache's own. */
  readonly class: string;
  /** A rule without conditions matches every question; otherwise one condition must hold. */
  readonly when?: TtlCondition;
  /** A question that meets one of these is not this rule's. */
  readonly unless?: TtlCondition;
  /** Whole seconds; absent: the cache's own time to live. */
  readonly ttlSeconds?: number;
  /** `false`: the answer is not stored. Default `true`. */
  readonly store?: boolean;
  /** Each user has answers of their own; without a user the answer is not stored. Default `false`. */
  readonly partitionByUser?: boolean;
}

export interface TtlCondition {
  /** Words or phrases in any case, at word boundaries; `*` stands for the rest of a word, `…` for up to three words. */
  readonly phrases?: readonly string[];
  /** A date in the question lies at most so many days before or after now. */
  readonly dateWithinDays?: number;
  /** The question's year is this year or a later one. */
  readonly yearFromNow?: boolean;
}

/** Bounds on rules that users write: they are read for each question. */
export const ttlRuleLimits = {
  rules: 100,
  phrases: 500,
  phraseLength: 100,
  /** Of all phrases of a rule set together: compiling them holds up the service. */
  characters: 50_000,
  ttlSeconds: 31_556_952,
} as const;
