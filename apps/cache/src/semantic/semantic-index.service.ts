import { Injectable } from '@nestjs/common';
import type { CacheScope, EntryAddress, MissReason } from '#contracts';
import { Metrics, ServiceEnv } from '#service';
import { VectorIndexError, type VectorMatch } from '#vector-index';
import { before } from '../cache.errors.js';
import { answerField, promptField, readPlace } from '../response/entry-fields.js';
import { StatisticsService } from '../statistics/statistics.service.js';
import { essenceOf } from './guards/analysis.js';
import { IndexQueue } from './index-queue.js';
import { SemanticSpaceService } from './semantic-space.service.js';
import { SemanticRepository } from './semantic.repository.js';
import type { OnMade } from './text-vectors.js';

/** Milliseconds that a look-up waits for a vector at most, unless told; late is a miss. */
const defaultEmbedMs = 150;
/** Milliseconds that indexing, which nobody waits for, gives the embedder. */
const indexTimeoutMs = 10_000;
/** OpenAI's rule of thumb for English; the embedder's own count of tokens comes for whole batches only. */
const charactersAToken = 4;

/** What must be equal between a question and an entry; an absent one is a value of its own, never a wildcard. */
export interface SemanticBoundaries {
  readonly generation: string;
  readonly kind: 'chat' | 'prompt';
  /** SHA-256 of all of a request but its last user turn. */
  readonly frame?: string;
  /** The user's partition, where the class asks for one. */
  readonly user?: string;
}

export interface SemanticQuery {
  readonly scope: CacheScope;
  readonly boundaries: SemanticBoundaries;
  /** Each must be among an entry's labels. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly text: string;
  /** The cache's least similarity (0–1); the embedder's own when absent. */
  readonly policyThreshold?: number;
  /** The caller's; it can only be stricter. */
  readonly threshold?: number;
  readonly limit: number;
  /** Milliseconds for the vector; 150 unless told. */
  readonly embedMs?: number;
  /** When an answer is of no more use, as `performance.now()`. */
  readonly endsAt: number;
}

/** An entry near enough. Its prompt is yet to pass the guards, and its answer to be read. */
export interface SemanticCandidate {
  readonly entryId: string;
  readonly exactKey: string;
  readonly generation: string;
  readonly prompt: string;
  /** 0–1, bigger is nearer. */
  readonly similarity: number;
}

export type SemanticFault = Extract<
  MissReason,
  'too-long' | 'embedder-unavailable' | 'embedder-late' | 'index-loading' | 'index-unavailable'
>;

export interface IndexedEntry {
  readonly entry: EntryAddress;
  readonly boundaries: SemanticBoundaries;
  readonly labels?: Readonly<Record<string, string>>;
  /** What was asked. */
  readonly text: string;
  /** All of the entry's hash: it is written anew, with its vector. */
  readonly fields: Readonly<Record<string, string>>;
  /** When Redis lets the entry go, epoch milliseconds. */
  readonly expiresAt: number;
}

/** Entries by the meaning of what was asked. Whatever is away or late is a reason, never an error. */
@Injectable()
export class SemanticIndexService {
  private readonly queue: IndexQueue;

  constructor(
    private readonly space: SemanticSpaceService,
    private readonly repository: SemanticRepository,
    private readonly statistics: StatisticsService,
    private readonly env: ServiceEnv,
    metrics: Metrics,
  ) {
    const name = 'larder_cache_indexed_entries_total';
    const indexed = metrics.counter(name, 'Entries indexed by meaning, by outcome', ['outcome']);
    const onOutcome = (outcome: string) => indexed.inc({ outcome });
    this.queue = new IndexQueue({ concurrency: 8, maxWaiting: 2_000, onOutcome });
  }

  /** The nearest entries inside the boundaries, nearest first. One query of the index, and one text for the embedder. */
  async find(query: SemanticQuery): Promise<readonly SemanticCandidate[] | SemanticFault> {
    const { vectors, index } = this.space;
    if (!vectors) return 'embedder-unavailable';
    if (!index) return this.space.indexFault;
    const leftMs = Math.min(query.embedMs ?? defaultEmbedMs, query.endsAt - performance.now());
    const vector = await vectors.within(leftMs, essenceOf(query.text), this.countCost(query.scope));
    if (typeof vector === 'string') return vector;
    const { scope, boundaries, labels, limit, policyThreshold = vectors.defaultThreshold, threshold = 0 } = query;
    const wanted = {
      boundaries: allBoundaries(scope, boundaries),
      ...(labels && { labels }),
      vector,
      limit,
      threshold: Math.max(policyThreshold, threshold),
      fields: candidateFields,
    };
    try {
      const matches = await before(query.endsAt, index.search(wanted));
      return matches.flatMap((match) => this.candidate(scope, match));
    } catch (error) {
      return error instanceof VectorIndexError && error.fault === 'loading' ? 'index-loading' : 'index-unavailable';
    }
  }

  /** Adds a vector to an entry that was just written. Not awaited; what does not fit or fails is found by its exact text only. */
  add(entry: IndexedEntry): void {
    this.queue.add(async () => {
      const { vectors, index } = this.space;
      if (!vectors || !index) throw new Error('There is no index yet');
      const signal = AbortSignal.timeout(indexTimeoutMs);
      const vector = await vectors.embed(essenceOf(entry.text), signal, this.countCost(entry.entry));
      const ttlMs = entry.expiresAt - Date.now();
      if (ttlMs <= 0) return;
      const { fields, labels } = entry;
      const boundaries = allBoundaries(entry.entry, entry.boundaries);
      const id = this.repository.documentId(entry.entry);
      await index.upsert([{ id, boundaries, ...(labels && { labels }), vector, fields, ttlMs }]);
    });
  }

  /** Deletes an entry's hash and its vector: its answer is gone. Not awaited; what fails is put right by the next who finds it. */
  forget(entry: EntryAddress): void {
    this.space.index?.remove([this.repository.documentId(entry)]).catch(() => undefined);
  }

  /** Entries that are yet to be indexed. */
  get pending(): number {
    return this.queue.size;
  }

  /** What a vector costs is far below a micro-dollar: it is counted in thousandths of one. */
  private countCost(scope: CacheScope): OnMade | undefined {
    const microUsdAToken = this.env.embedderPrice;
    if (microUsdAToken === 0) return undefined;
    return (characters) => {
      const tokens = Math.ceil(characters / charactersAToken);
      this.statistics.count(scope, { embeddingNanoUsd: Math.round(tokens * microUsdAToken * 1_000) });
    };
  }

  private candidate(scope: CacheScope, { id, similarity, fields }: VectorMatch): SemanticCandidate[] {
    const entryId = this.repository.entryId(scope, id);
    const [answer, prompt] = candidateFields.map((name) => fields[name]?.toString());
    const place = readPlace(answer);
    return entryId && place && prompt !== undefined ? [{ entryId, ...place, prompt, similarity }] : [];
  }
}

const candidateFields = [answerField, promptField];

function allBoundaries({ tenant, cacheId }: CacheScope, boundaries: SemanticBoundaries) {
  return { tenant, cache: cacheId, ...boundaries };
}
