import { Injectable } from '@nestjs/common';
import { ServiceEnv } from '#service';
import { errorOutcome, type Outcome } from '../completion/outcome.js';
import { callerOf } from '../limits/limited-caller.js';
import { LimitsService } from '../limits/limits.service.js';
import { withStanding } from '../limits/standing.js';
import { ModelRevisionsService } from '../models/model-revisions.service.js';
import { embeddingList, type Embedded } from './embeddings-answer.js';
import { EmbeddingsFetchService, type Fetched } from './embeddings-fetch.service.js';
import type { EmbeddingInput } from './embeddings-body.js';
import type { EmbeddingsRequest } from './embeddings-request.js';
import { EmbeddingsRepository, type VectorsRead } from './embeddings.repository.js';
import { EmbeddingsUpstreamService } from './embeddings-upstream.service.js';
import { embeddingsHeaders, type EmbeddingsVerdict } from './embeddings-verdict.js';
import { mapInTurns } from './event-loop-turns.js';
import { keysOf, type KeyOfInput } from './embedding-key.js';
import type { KeptVector } from './kept-vector.js';

/** The texts of a request by their keys; the same text twice is one. */
type Texts = ReadonlyMap<string, EmbeddingInput>;

/** The path of `/v1/embeddings`: limit → read what is kept → ask upstream for the rest, once → keep it → answer in order. */
@Injectable()
export class EmbeddingsService {
  constructor(
    private readonly repository: EmbeddingsRepository,
    private readonly upstream: EmbeddingsUpstreamService,
    private readonly fetching: EmbeddingsFetchService,
    private readonly limits: LimitsService,
    private readonly env: ServiceEnv,
    private readonly revisions: ModelRevisionsService,
  ) {}

  /** @throws ServiceError when no answer came; an upstream's refusal is an answer. */
  async embed(request: EmbeddingsRequest): Promise<Outcome> {
    const admission = await this.limits.admit(callerOf(request));
    const { receipt } = admission;
    const paid = { ...request, ...(receipt !== undefined && { receipt }) };
    return withStanding(admission.refusal ?? (await this.embedPaid(paid)), admission);
  }

  private async embedPaid(request: EmbeddingsRequest): Promise<Outcome> {
    const keyOf = this.keyOf(request);
    const { mode } = request.controls;
    // Shadow mode serves nothing, and a vector that would have been served is the one that upstream gives.
    if (!keyOf || mode === 'off' || mode === 'shadow') return this.bypass(request, !keyOf);
    const keys = await mapInTurns(request.body.inputs, keyOf);
    const texts: Texts = new Map(keys.map((key, at) => [key, request.body.inputs[at]!]));
    const { kept, isAway } = await this.read(request, texts);
    const missing = new Map([...texts].filter(([key]) => !kept.has(key)));
    const verdict = { ...verdictOf(request, texts, kept), isCacheAway: isAway };
    if (missing.size > 0 && request.controls.onlyIfCached) return withHeaders(notCached, verdict);
    const fetched = await this.fetch(request, missing, isAway);
    if ('status' in fetched) return withHeaders(fetched, verdict);
    return this.answer(request, keys, kept, fetched, verdict);
  }

  private async bypass(request: EmbeddingsRequest, inexact: boolean): Promise<Outcome> {
    const outcome = await this.upstream.forward(request, inexact);
    return withHeaders(outcome, { isBypass: true, asked: 0, found: 0, shared: 0 });
  }

  private keyOf({ body, controls, principal }: EmbeddingsRequest): KeyOfInput | undefined {
    const { namespace } = controls.boundaries;
    const modelRevision = this.revisions.of(body.model);
    return keysOf(body, {
      tenant: principal.tenant,
      cacheId: controls.cacheId,
      ...(namespace !== undefined && { namespace }),
      ...(modelRevision !== undefined && { modelRevision }),
    });
  }

  private async read({ principal, controls }: EmbeddingsRequest, texts: Texts): Promise<VectorsRead> {
    if (controls.noCache || controls.httpNoCache) return { kept: new Map(), isAway: false };
    const { kept, isAway } = await this.repository.read(principal.tenant, [...texts.keys()]);
    const { maxAgeSeconds } = controls;
    if (maxAgeSeconds === undefined) return { kept, isAway };
    const fresh = [...kept].filter(([, { storedAt }]) => maxAgeSeconds > 0 && now() - storedAt <= maxAgeSeconds);
    return { kept: new Map(fresh), isAway };
  }

  private fetch(request: EmbeddingsRequest, missing: Texts, isAway: boolean): Promise<Fetched | Outcome> {
    const ttlSeconds = request.controls.ttlSeconds ?? this.env.embeddingsTtlSeconds;
    return this.fetching.fetch(request, missing, {
      mayStore: !isAway && !request.controls.noStore,
      ttlSeconds,
    });
  }

  private async answer(
    request: EmbeddingsRequest,
    keys: readonly string[],
    kept: ReadonlyMap<string, KeptVector>,
    fetched: Fetched,
    verdict: EmbeddingsVerdict,
  ): Promise<Outcome> {
    const embedded = keys.map((key): Embedded => kept.get(key) ?? fetched.made.get(key)!);
    const body = await embeddingList({
      embedded,
      format: request.body.format,
      model: embedded[0]?.model || request.body.model,
      usage: fetched.usage,
      rest: fetched.rest,
    });
    const { shared, stored, storeFailed } = fetched;
    return withHeaders(
      { status: 200, body, headers: {} },
      {
        ...verdict,
        shared,
        stored,
        isCacheAway: verdict.isCacheAway === true || storeFailed,
        costMicroUsd: this.upstream.cost(request.body.model, fetched.usage),
      },
    );
  }
}

const notCached = errorOutcome(
  504,
  { message: 'Not all of the texts are in the cache.', type: 'invalid_request_error', code: 'not_cached' },
  { 'x-should-retry': 'false' },
);

function verdictOf(
  { controls }: EmbeddingsRequest,
  texts: Texts,
  kept: ReadonlyMap<string, KeptVector>,
): EmbeddingsVerdict {
  const found = [...kept.values()];
  const at = now();
  return {
    asked: texts.size,
    found: found.length,
    shared: 0,
    forced: controls.noCache || controls.httpNoCache,
    ...(found.length > 0 && {
      age: Math.max(0, at - found.reduce((oldest, { storedAt }) => Math.min(oldest, storedAt), at)),
      ttl: Math.max(0, found.reduce((first, { expiresAt }) => Math.min(first, expiresAt), Infinity) - at),
    }),
  };
}

function withHeaders(outcome: Outcome, verdict: EmbeddingsVerdict): Outcome {
  return { ...outcome, headers: { ...outcome.headers, ...embeddingsHeaders(verdict) } };
}

function now(): number {
  return Math.floor(Date.now() / 1_000);
}
