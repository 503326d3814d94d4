import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { abortAfter } from '../completion/abort-after.js';
import type { JsonObject } from '../completion/canonical-json.js';
import type { Outcome } from '../completion/outcome.js';
import { readItems, type Embedded } from './embeddings-answer.js';
import type { EmbeddingInput } from './embeddings-body.js';
import type { EmbeddingsRequest } from './embeddings-request.js';
import { EmbeddingsRepository } from './embeddings.repository.js';
import { EmbeddingsUpstreamService } from './embeddings-upstream.service.js';
import type { KeptVector } from './kept-vector.js';
import { addUsage } from './upstream-embeddings.js';
import { VectorFlights } from './vector-flights.js';

/** A client that has gone leaves this long for its vectors to be made and kept. Milliseconds. */
const drainMs = 60_000;
/** The client waits for the write, so that its next question hits; but not longer. Milliseconds. */
const storeWaitMs = 50;

/** What a request lacked and now has. */
export interface Fetched {
  readonly made: ReadonlyMap<string, Embedded>;
  /** What upstream reported for the calls of this request; zeros when it made none. */
  readonly usage: JsonObject;
  readonly rest: JsonObject;
  /** How many texts another request was asking for already. */
  readonly shared: number;
  readonly stored: boolean;
  readonly storeFailed: boolean;
}

export interface FetchOptions {
  readonly mayStore: boolean;
  readonly ttlSeconds: number;
}

type Texts = ReadonlyMap<string, EmbeddingInput>;

const nothing: Fetched = {
  made: new Map(),
  usage: { prompt_tokens: 0, total_tokens: 0 },
  rest: {},
  shared: 0,
  stored: false,
  storeFailed: false,
};

/** Gets the vectors that are not kept: each text is asked for by one request of this process at a time, and then kept. */
@Injectable()
export class EmbeddingsFetchService {
  private readonly flights = new VectorFlights<Embedded>();

  constructor(
    private readonly upstream: EmbeddingsUpstreamService,
    private readonly repository: EmbeddingsRepository,
  ) {}

  /** @returns upstream's refusal when it refused. */
  async fetch(request: EmbeddingsRequest, texts: Texts, options: FetchOptions): Promise<Fetched | Outcome> {
    if (texts.size === 0) return nothing;
    const { controls } = request;
    // Who wants fresh vectors, or leaves no trace, shares with nobody.
    if (controls.noCache || controls.httpNoCache || controls.noStore) return this.make(request, texts, options);
    const { own, others, land } = this.flights.board(texts.keys());
    let fetched: Fetched | Outcome = nothing;
    try {
      fetched = await this.make(request, pick(texts, own), options);
    } finally {
      land('made' in fetched ? fetched.made : nothing.made);
    }
    if ('status' in fetched) return fetched;
    return this.join(request, texts, fetched, others, options);
  }

  private async join(
    request: EmbeddingsRequest,
    texts: Texts,
    fetched: Fetched,
    others: ReadonlyMap<string, Promise<Embedded | undefined>>,
    options: FetchOptions,
  ): Promise<Fetched | Outcome> {
    const made = new Map(fetched.made);
    for (const [key, flight] of others) {
      const embedded = await flight;
      if (embedded) made.set(key, embedded);
    }
    // Another request's call may have failed for its own texts' sake: what it leaves open is asked for alone.
    const left = [...others.keys()].filter((key) => !made.has(key));
    const shared = others.size - left.length;
    if (left.length === 0) return { ...fetched, made, shared };
    const again = await this.make(request, pick(texts, left), options);
    if ('status' in again) return again;
    return {
      ...again,
      made: new Map([...made, ...again.made]),
      usage: addUsage(fetched.usage, again.usage),
      shared,
    };
  }

  private async make(request: EmbeddingsRequest, texts: Texts, options: FetchOptions): Promise<Fetched | Outcome> {
    if (texts.size === 0) return nothing;
    const signal = abortAfter(request.client.signal, drainMs);
    const answer = await this.upstream.ask(request, [...texts.values()], signal);
    if ('status' in answer) return whole(request, texts, answer);
    const embedded = await readItems(answer.items, answer.model || request.body.model);
    const made = new Map([...texts.keys()].map((key, at) => [key, embedded[at]!]));
    const kept = options.mayStore ? await this.keep(request, made, options.ttlSeconds) : undefined;
    return {
      made,
      usage: Object.keys(answer.usage).length > 0 ? answer.usage : nothing.usage,
      rest: answer.rest,
      shared: 0,
      stored: kept === true,
      storeFailed: kept === false,
    };
  }

  /** @returns undefined when it is not known in time. */
  private async keep(
    { principal }: EmbeddingsRequest,
    made: ReadonlyMap<string, Embedded>,
    ttlSeconds: number,
  ): Promise<boolean | undefined> {
    const storedAt = Math.floor(Date.now() / 1_000);
    const vectors = new Map<string, KeptVector>();
    for (const [key, { vector, model }] of made) {
      if (vector) vectors.set(key, { vector, model, storedAt, expiresAt: storedAt + ttlSeconds });
    }
    if (vectors.size === 0) return undefined;
    const writing = this.repository.write(principal.tenant, vectors, ttlSeconds);
    return Promise.race([writing, sleep(storeWaitMs, undefined, { ref: false })]);
  }
}

/** A refusal is the whole answer; so is one that cannot be taken apart, if it is for all texts as they were asked. */
function whole({ body }: EmbeddingsRequest, texts: Texts, outcome: Outcome): Outcome {
  if (outcome.status !== 200 || texts.size === body.inputs.length) return outcome;
  throw new ServiceError('upstream_failed', 'The upstream answered with something else than embeddings.');
}

function pick(texts: Texts, keys: readonly string[]): Texts {
  return new Map(keys.map((key) => [key, texts.get(key)!]));
}
