import { Injectable } from '@nestjs/common';
import type { CacheHit, CacheMiss, LookUpReply, LookUpRequest, Question } from '#contracts';
import { AnswerCacheClient, CacheUnavailableError } from './answer-cache.client.js';
import type { CompletionRequest } from './completion-request.js';

export interface LookedUp {
  /** Absent when the cache was not asked, or did not answer. */
  readonly found?: CacheHit | CacheMiss;
  readonly isAway: boolean;
}

/** Asks the cache for an answer, as the caller's controls allow. */
@Injectable()
export class LookUpService {
  constructor(private readonly cache: AnswerCacheClient) {}

  async ask(request: CompletionRequest, question: Question, flightToken: string): Promise<LookedUp> {
    const { noCache, noStore, onlyIfCached } = request.controls;
    if (noCache) return { isAway: false };
    try {
      // Who never calls upstream must not lead: everybody else would wait for its lease to run out.
      const joins = !noStore && !onlyIfCached;
      return { found: await this.send(request, { ...question, ...(joins && { flightToken }) }), isAway: false };
    } catch (fault) {
      if (fault instanceof CacheUnavailableError) return { isAway: true };
      throw fault;
    }
  }

  /** Upstream has failed: an expired answer, where the cache's policy has one for that case. Never rejects. */
  async askStale(request: CompletionRequest, question: Question): Promise<CacheHit | undefined> {
    if (request.controls.noCache) return undefined;
    try {
      const found = await this.send(request, { ...question, upstreamFailed: true });
      return found.hit ? found : undefined;
    } catch {
      // The upstream's failure is what the client is told of; the RPC layer has counted this one.
      return undefined;
    }
  }

  private send(request: CompletionRequest, asked: LookUpRequest): Promise<LookUpReply> {
    const { mode, threshold, httpNoCache, maxAgeSeconds } = request.controls;
    return this.cache.lookUp(
      {
        ...asked,
        ...(mode !== undefined && mode !== 'off' && { mode }),
        ...(threshold !== undefined && { threshold }),
        ...(httpNoCache && { noCache: true }),
        ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
      },
      request.traceparent,
    );
  }
}
