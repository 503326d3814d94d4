import { Injectable } from '@nestjs/common';
import { readText, Upstreams } from '#llm';
import { ServiceError } from '#contracts';
import type { JsonObject } from '../completion/canonical-json.js';
import { UpstreamAccess } from '../upstream-access.service.js';
import { pickOutcomeHeaders, type Outcome } from '../completion/outcome.js';
import { EstimateService } from '../limits/estimate.service.js';
import { callerOf } from '../limits/limited-caller.js';
import { LimitsService } from '../limits/limits.service.js';
import { withStanding } from '../limits/standing.js';
import type { Spending } from '../limits/spending.js';
import { estimateTokens } from '../limits/token-estimate.js';
import type { EmbeddingInput } from './embeddings-body.js';
import type { EmbeddingsRequest } from './embeddings-request.js';
import { readEmbeddings, type UpstreamEmbeddings } from './upstream-embeddings.js';

/** Larger answers are refused: 2 048 vectors of 3 072 printed numbers fit. Bytes. */
const maxAnswerBytes = 160 * 1024 * 1024;

/** Asks a model for vectors; knows nothing of caches. */
@Injectable()
export class EmbeddingsUpstreamService {
  constructor(
    private readonly upstreams: Upstreams,
    private readonly access: UpstreamAccess,
    private readonly limits: LimitsService,
    private readonly estimates: EstimateService,
  ) {}

  /**
   * Asks for the vectors of some of a request's texts.
   * @returns the whole outcome when the limits or upstream refused, or when its answer is none that could be taken apart.
   * @throws ServiceError when no answer came
   */
  async ask(
    request: EmbeddingsRequest,
    inputs: readonly EmbeddingInput[],
    signal: AbortSignal,
  ): Promise<UpstreamEmbeddings | Outcome> {
    const { members, isList } = request.body;
    const input = isList || inputs.length > 1 ? inputs : inputs[0];
    const { outcome, spending } = await this.send(request, inputs, JSON.stringify({ ...members, input }), signal);
    if (outcome.status !== 200) return outcome;
    const answer = readEmbeddings(outcome.body, inputs.length);
    await this.settle(request, spending, answer?.usage);
    return answer ?? outcome;
  }

  /** Asks for all of a request; a body with numbers that JSON.parse cannot hold goes out as it came. */
  async forward(request: EmbeddingsRequest, inexact: boolean): Promise<Outcome> {
    const { members, isList, inputs } = request.body;
    const parsed = (): string => JSON.stringify({ ...members, input: isList ? inputs : inputs[0] });
    const isVerbatim = inexact && request.raw !== undefined && !request.hasOwnOptions;
    const body = isVerbatim ? request.raw.toString('utf8') : parsed();
    const { outcome, spending } = await this.send(request, inputs, body, request.client.signal);
    if (spending) await this.settle(request, spending, readEmbeddings(outcome.body, inputs.length)?.usage);
    return outcome;
  }

  /** Micro-dollars. */
  cost(model: string, usage: JsonObject): number {
    return this.upstreams.costMicroUsd(model, usage);
  }

  private async settle({ body }: EmbeddingsRequest, spending?: Spending, usage?: JsonObject): Promise<void> {
    await spending?.settle({ usage, microUsd: this.cost(body.model, usage ?? {}), writtenBytes: 0 });
  }

  /** Calls upstream, if the limits allow it. The spending is open only when the outcome is an answer. */
  private async send(
    request: EmbeddingsRequest,
    inputs: readonly EmbeddingInput[],
    body: string,
    signal: AbortSignal,
  ): Promise<{ outcome: Outcome; spending?: Spending }> {
    const estimate = () => this.estimates.input(request.body.model, estimateTokens(inputs));
    const allowance = await this.limits.reserve(callerOf(request), estimate, request.receipt);
    const { refusal, spending } = allowance;
    if (refusal) return { outcome: withStanding(refusal, allowance) };
    try {
      const outcome = await this.call(request, body, signal);
      if (outcome.status !== 200) await spending?.cancel();
      return { outcome, ...(spending && { spending }) };
    } catch (fault) {
      // Of a call that nobody waited for any longer, nobody knows what it did.
      const isAnswered = fault instanceof ServiceError && fault.code !== 'deadline_exceeded';
      void (isAnswered ? spending?.cancel() : spending?.settle({ microUsd: 0, writtenBytes: 0 }));
      throw fault;
    }
  }

  private async call(request: EmbeddingsRequest, body: string, signal: AbortSignal): Promise<Outcome> {
    const { authorization, headers } = this.access.of(request.principal);
    const response = await this.upstreams.complete({
      path: '/embeddings',
      body,
      model: request.body.model,
      stream: false,
      signal,
      ...(authorization && { authorization }),
      headers: { ...headers, ...(request.traceparent && { traceparent: request.traceparent }) },
    });
    const { status } = response;
    const text = await readText(response.body, maxAnswerBytes);
    // The client's key is good; Larder's own is not. Passing it on would send the client looking in the wrong place.
    if (!authorization && (status === 401 || status === 403)) {
      throw new ServiceError('upstream_failed', "The upstream refused Larder's credentials.");
    }
    return { status, body: text, headers: pickOutcomeHeaders(response.headers) };
  }
}
