import type { CostEstimate, LimitCost } from '#contracts';

/** Of a call whose request does not say how long the answer may be, while nobody can be asked what was learned. */
const usualOutputTokens = 1_024;

/** What upstream says that a call took, in the names of chat completions. */
export type ReportedUsage = Readonly<Record<string, unknown>>;

/** @returns undefined when it says nothing of tokens. Micro-dollars are the price table's. */
export function reportedCost(usage: ReportedUsage | null | undefined, microUsd: number): LimitCost | undefined {
  const { prompt_tokens, completion_tokens, total_tokens } = usage ?? {};
  const [input, output, total] = [tokens(prompt_tokens), tokens(completion_tokens), tokens(total_tokens)];
  if (input === undefined && output === undefined && total === undefined) return undefined;
  const [inputTokens, outputTokens] = [input ?? 0, output ?? 0];
  return { inputTokens, outputTokens, tokens: total ?? inputTokens + outputTokens, microUsd };
}

/** What a call of this estimate comes to when the model writes so much. One dollar per million tokens is one micro-dollar a token. */
export function estimatedCost(estimate: CostEstimate, outputTokens = usualOutput(estimate)): LimitCost {
  const { inputTokens, inputPer1M = 0, outputPer1M = 0 } = estimate;
  return { inputTokens, outputTokens, microUsd: Math.round(inputTokens * inputPer1M + outputTokens * outputPer1M) };
}

function usualOutput({ maxOutputTokens = usualOutputTokens }: CostEstimate): number {
  return Math.min(maxOutputTokens, usualOutputTokens);
}

function tokens(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value) ? Math.ceil(value) : undefined;
}
