import { ownErrorAnswer } from './error-answer.js';
import { ModelList } from './model-list.js';
import type { ModelCard } from './openai-wire.js';
import { costMicroUsd, findPrice, type ModelPrice } from './prices.js';
import type { Outcome, Upstream } from './upstream.js';
import { UpstreamError } from './upstream-error.js';
import type { CompletionCall, ForwardCall, UpstreamResponse } from './upstream-exchange.js';

export interface UpstreamsParts {
  readonly upstreams: readonly Upstream[];
  readonly prices: readonly ModelPrice[];
  readonly isDemo: boolean;
}

/** Every upstream as one: asks those that serve a model in their order until one answers. */
export class Upstreams {
  /** Whether the built-in demo model answers. */
  readonly isDemo: boolean;
  private readonly upstreams: readonly Upstream[];
  private readonly prices: readonly ModelPrice[];
  private readonly models: ModelList;

  constructor({ upstreams, prices, isDemo }: UpstreamsParts) {
    this.upstreams = upstreams;
    this.prices = prices;
    this.isDemo = isDemo;
    this.models = new ModelList(upstreams);
  }

  /** The names of the upstreams, in order of preference. */
  get names(): readonly string[] {
    return this.upstreams.map(({ name }) => name);
  }

  serves(model: string): boolean {
    return this.upstreams.some((upstream) => upstream.serves(model));
  }

  /**
   * One chat completion, response or batch of embeddings. Every status is an answer, errors in OpenAI's shape; UpstreamError when none came, or the
   * signal's own reason when the client left. A model that nobody serves is a 404 answer.
   */
  async complete(call: CompletionCall): Promise<UpstreamResponse> {
    call.signal.throwIfAborted();
    const candidates = this.upstreams.filter((upstream) => upstream.serves(call.model));
    if (candidates.length === 0) return modelNotFound();
    let best: Outcome | undefined;
    for (const [place, upstream] of candidates.entries()) {
      const outcome = await upstream.complete(call, place + 1 < candidates.length);
      if (outcome.kind === 'answer') return outcome.response;
      best = moreTelling(best, outcome);
    }
    if (best?.kind === 'refusal') return best.response;
    throw best?.kind === 'fault' ? best.error : new UpstreamError('unavailable', 'no upstream could be asked');
  }

  /** Any other OpenAI path, raw, to the first upstream; not retried, since the body may be a stream. */
  async forward(call: ForwardCall): Promise<UpstreamResponse> {
    call.signal.throwIfAborted();
    const first = this.upstreams[0];
    if (!first) throw new UpstreamError('unavailable', 'no upstream is configured');
    return first.forward(call);
  }

  /** The models of all upstreams; with a client's own credentials, those that it may see. */
  async listModels(signal: AbortSignal, authorization?: string): Promise<ModelCard[]> {
    return this.models.read(signal, authorization);
  }

  /** Integer micro-dollars by the price table. */
  costMicroUsd(model: string, usage: unknown): number {
    return costMicroUsd(model, usage, this.prices);
  }

  /** What the model costs by the price table; undefined when it says nothing of it. */
  priceOf(model: string): ModelPrice | undefined {
    return findPrice(model, this.prices);
  }

  async close(): Promise<void> {
    await Promise.all(this.upstreams.map((upstream) => upstream.close()));
  }
}

/** An upstream's own words tell a client more than a fault, and a fault more than an open breaker. */
function moreTelling(before: Outcome | undefined, now: Outcome): Outcome {
  const rank = (outcome: Outcome): number =>
    outcome.kind === 'fault' ? (outcome.error.code === 'unavailable' ? 0 : 1) : 2;
  return before && rank(before) > rank(now) ? before : now;
}

function modelNotFound(): UpstreamResponse {
  const message = 'The model does not exist, or no upstream is configured to serve it.';
  return ownErrorAnswer('larder', 404, message, { param: 'model', code: 'model_not_found' });
}
