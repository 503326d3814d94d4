import { Injectable } from '@nestjs/common';
import { Upstreams } from '#llm';
import { Log } from '#service';
import type { Spending, Spent } from '../limits/spending.js';
import { AnswerCacheClient, CacheUnavailableError } from './answer-cache.client.js';
import type { CacheVerdict } from './cache-verdict.js';
import type { Departure } from './departure.js';
import type { SpentSoFar, WholeAnswer } from './dialect.js';
import type { CompletionRequest } from './completion-request.js';
import type { Outcome } from './outcome.js';

/** A call upstream that is over. */
export interface FinishedCall {
  /** Undefined when it broke off. */
  readonly outcome: Outcome | undefined;
  /** How long upstream took. */
  readonly latencyMs: number;
  /** Of a stream: what it has cost, whole or not. */
  readonly spent?: () => SpentSoFar;
}

/** What follows an upstream call: price and settle it, keep it if it may be kept, and let the followers have it. */
@Injectable()
export class AnswerStoreService {
  constructor(
    private readonly cache: AnswerCacheClient,
    private readonly upstreams: Upstreams,
    private readonly log: Log,
  ) {}

  /** Never rejects, so that an answer is never lost to its own bookkeeping. */
  async settle(request: CompletionRequest, departure: Departure, call: FinishedCall): Promise<CacheVerdict> {
    const { outcome, latencyMs } = call;
    const answer = outcome?.status === 200 ? request.dialect.readAnswer(outcome.body) : undefined;
    const usage = outcome ? answer?.usage : call.spent?.().usage;
    const cost = this.upstreams.costMicroUsd(request.body.model, usage);
    const spent = departure.spending && this.spend(departure.spending, call, { usage, microUsd: cost });
    if (!outcome || !answer) {
      await Promise.all([departure.flight?.land(outcome), spent]);
      return departure.verdict;
    }
    const verdict = { ...departure.verdict, costMicroUsd: cost };
    const [stored] = await Promise.all([this.keep(request, departure, { outcome, answer, latencyMs, cost }), spent]);
    const landing = departure.flight?.land(outcome);
    // A stored answer is found by its key; for any other the flight must be over before its repeat can come.
    if (!stored.stored) await landing;
    return { ...verdict, ...stored };
  }

  /** A refusal costs nothing; of a call that broke off or came too late nobody knows, unless upstream has said so before. */
  private spend(
    spending: Spending,
    { outcome, spent }: FinishedCall,
    reported: Pick<Spent, 'usage' | 'microUsd'>,
  ): Promise<void> {
    if (!outcome) return spending.settle({ ...reported, writtenBytes: spent?.().writtenBytes ?? 0 });
    if (outcome.status === 200) return spending.settle({ ...reported, writtenBytes: Buffer.byteLength(outcome.body) });
    return outcome.status === 504 ? spending.settle({ ...reported, writtenBytes: 0 }) : spending.cancel();
  }

  private async keep(
    request: CompletionRequest,
    { question, generation, verdict, isUnkept }: Departure,
    call: { outcome: Outcome; answer: WholeAnswer; latencyMs: number; cost: number },
  ): Promise<Partial<CacheVerdict>> {
    const degraded = verdict.degraded ?? [];
    const { noStore, ttlSeconds, tags, boundaries } = request.controls;
    const mayStore = question && !noStore && !isUnkept && !degraded.includes('cache');
    const fitness = fitnessOf(call.answer);
    if (!mayStore || !fitness) return {};
    const { prompt_tokens = 0, completion_tokens = 0 } = call.answer.usage ?? {};
    try {
      const reply = await this.cache.store(
        {
          ...question,
          answer: call.outcome.body,
          writer: request.principal.keyId,
          tokens: prompt_tokens + completion_tokens,
          costMicroUsd: call.cost,
          latencyMs: call.latencyMs,
          ...(fitness === 'truncated' && { truncated: true }),
          ...(tags && { tags: [...tags] }),
          ...(boundaries.attributes && { attributes: boundaries.attributes }),
          ...(generation && { generation }),
          ...(ttlSeconds !== undefined && { ttlSeconds }),
        },
        request.traceparent,
      );
      return reply.stored
        ? { stored: true, entryId: verdict.entryId ?? reply.entryId, class: reply.class }
        : { class: reply.class };
    } catch (fault) {
      if (fault instanceof CacheUnavailableError) return { degraded: [...degraded, 'cache'] };
      this.log.error('an answer was not stored', { error: fault });
      return {};
    }
  }
}

/** Whether an answer may be kept; one that was cut off may be where the cache's policy says so. */
function fitnessOf({ cacheability }: WholeAnswer): 'whole' | 'truncated' | undefined {
  if (cacheability.cacheable) return 'whole';
  return cacheability.reason === 'length' ? 'truncated' : undefined;
}
