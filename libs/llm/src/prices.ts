import { modelMatcher } from './model-glob.js';
import { isJsonObject } from './openai-wire.js';

/** What a model costs, in dollars per million tokens. */
export interface ModelPrice {
  /** A name or a glob (`gpt-4o*`); an exact name is preferred, then the first glob that fits. */
  readonly model: string;
  readonly inputPer1M: number;
  readonly outputPer1M: number;
  /** For prompt tokens that the provider had cached; as other input unless told. */
  readonly cachedInputPer1M?: number;
}

/**
 * The cost of one call in integer micro-dollars, rounded to the nearest; 0 for an unknown model or no usage.
 * One dollar per million tokens is one micro-dollar per token.
 */
export function costMicroUsd(model: string, usage: unknown, prices: readonly ModelPrice[]): number {
  const price = findPrice(model, prices);
  if (!price || !isJsonObject(usage)) return 0;
  const input = tokens(usage.prompt_tokens);
  const details = usage.prompt_tokens_details;
  const cached = Math.min(input, tokens(isJsonObject(details) ? details.cached_tokens : 0));
  const cost =
    (input - cached) * price.inputPer1M +
    cached * (price.cachedInputPer1M ?? price.inputPer1M) +
    tokens(usage.completion_tokens) * price.outputPer1M;
  return Math.round(cost);
}

/** An exact name is preferred, then the first glob that fits. */
export function findPrice(model: string, prices: readonly ModelPrice[]): ModelPrice | undefined {
  return prices.find((price) => price.model === model) ?? prices.find((price) => modelMatcher([price.model])(model));
}

function tokens(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}
