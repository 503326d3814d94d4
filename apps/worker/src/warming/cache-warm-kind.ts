import { Injectable } from '@nestjs/common';
import { WarmCachePayload } from '#contracts';
import type { Role } from '#service';
import { BulkRunService, type BulkResult } from '../bulk/bulk-run.service.js';
import { assertAnswered, ModelGateway } from '../chat/model-gateway.client.js';
import type { JobContext, JobKind } from '../job/job-kind.js';

const defaultConcurrency = 4;

/** Asks a list of prompts, so that later askers find their answers in the cache. The output has a line for each prompt. */
@Injectable()
export class CacheWarmKind implements JobKind<WarmCachePayload, BulkResult> {
  readonly name = 'cache-warm';
  readonly payload = WarmCachePayload;
  readonly queue = 'bulk';
  readonly attemptTimeoutMs = 86_400_000;

  constructor(
    private readonly gateway: ModelGateway,
    private readonly bulk: BulkRunService,
  ) {}

  needs(): readonly Role[] {
    return ['cache:write'];
  }

  handle(payload: WarmCachePayload, context: JobContext): Promise<BulkResult> {
    const { prompts, concurrency = defaultConcurrency, cacheId, options } = payload;
    const headers = { ...options, ...(cacheId !== undefined && { 'x-larder-cache-id': cacheId }) };
    return this.bulk.run(context, {
      parts: prompts,
      concurrency,
      work: async (prompt, at) => [{ at, cache: await this.ask(prompt, at, payload, headers, context) }],
      failure: (_, error, at) => ({ at, error }),
    });
  }

  private async ask(
    prompt: string,
    at: number,
    { model, system }: WarmCachePayload,
    options: Record<string, string>,
    context: JobContext,
  ): Promise<string | undefined> {
    const messages = [
      ...(system === undefined ? [] : [{ role: 'system', content: system }]),
      { role: 'user', content: prompt },
    ];
    const { tenant, caller, idempotencyKey } = context;
    const key = `${idempotencyKey}-${at}`;
    const request = { tenant, caller, body: { model, messages }, options, idempotencyKey: key };
    return assertAnswered(await this.gateway.chat(request, context)).headers['x-larder-cache'];
  }
}
