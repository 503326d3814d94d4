import type { CostEstimate, LimitCost } from '#contracts';
import { limitCost, mostAtOnce, type EffectiveLimit } from '#limits';

/** Of a model whose answers nobody has counted, when the request does not say how long its answer may be. */
export const defaultOutputTokens = 1_024;

/** Whether what was learned counts before what a request allows: only where every limit's policy says so. */
function prefersLearned(limits: readonly EffectiveLimit[]): boolean {
  return limits.length > 0 && limits.every(({ outputEstimator }) => outputEstimator === 'learned');
}

/**
 * What a call is taken to cost. Where that were more than a limit admits at all, the output is taken for shorter: a request
 * is never refused for a guess, and what it then really costs is settled.
 */
export function estimatedCost(
  estimate: CostEstimate,
  learned: number | undefined,
  limits: readonly EffectiveLimit[],
  model: string | undefined,
): LimitCost {
  const allowed = estimate.maxOutputTokens ?? Infinity;
  const known = learned ?? defaultOutputTokens;
  const guess = learned !== undefined && prefersLearned(limits) ? Math.min(allowed, learned) : allowed;
  const output = guess === Infinity ? known : guess;
  const fits = (outputTokens: number) => {
    const cost = costOf(estimate, outputTokens);
    return limits.every((limit) => limitCost(limit, cost, model) <= mostOf(limit));
  };
  // Not for its guess: the input alone is too much.
  if (!fits(0)) return costOf(estimate, output);
  return costOf(estimate, largestFitting(output, fits));
}

/** What the limit admits of one request when nobody has used anything of it. */
function mostOf({ limit }: EffectiveLimit): number {
  return limit.shadow || limit.algorithm === 'concurrency' ? Infinity : mostAtOnce(limit);
}

/** One dollar per million tokens is one micro-dollar per token. */
function costOf(estimate: CostEstimate, outputTokens: number): LimitCost {
  const { inputTokens, inputPer1M = 0, outputPer1M = 0 } = estimate;
  return { inputTokens, outputTokens, microUsd: Math.round(inputTokens * inputPer1M + outputTokens * outputPer1M) };
}

/** `fits` holds for 0, and up to some number. */
function largestFitting(most: number, fits: (outputTokens: number) => boolean): number {
  if (fits(most)) return most;
  let fitting = 0;
  let beyond = most;
  while (beyond - fitting > 1) {
    const middle = fitting + Math.floor((beyond - fitting) / 2);
    if (fits(middle)) fitting = middle;
    else beyond = middle;
  }
  return fitting;
}
