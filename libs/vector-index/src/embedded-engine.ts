import { vectorIndexKeys } from '#redis-keys';
import type { RedisConnections } from '#redis-connection';
import { ChangeFeed } from './change-feed.js';
import { checkQuery, type DocumentStore, type StoredVector } from './document-store.js';
import { Housekeeping } from './housekeeping.js';
import { boundaryDigest, labelDigests } from './index-schema.js';
import { MemorySync } from './memory-sync.js';
import type { HostQuery, Rows, VectorHost } from './partition-host.js';
import { quantize } from './vector-bytes.js';
import {
  asIndexFault,
  VectorIndexError,
  type IndexLog,
  type IndexSnapshot,
  type IndexStatus,
  type VectorDocument,
  type VectorIndex,
  type VectorMatch,
  type VectorQuery,
} from './vector-index.js';

export interface EmbeddedEngineOptions {
  readonly store: DocumentStore;
  readonly connections: Pick<RedisConnections, 'command' | 'openBlocking' | 'closeBlocking' | 'status' | 'keyPrefix'>;
  /** Makes the holder of the vectors; asked again when one has ended. */
  readonly openHost: (onEnd: (error: Error) => void) => VectorHost;
  readonly log?: IndexLog;
  /** Milliseconds between looks at some entries for ghosts; 1 000 unless told. */
  readonly sweepMs?: number;
  /** Milliseconds between looks through all documents for missed ones; 300 000 unless told. */
  readonly reconcileMs?: number;
}

/** 8 bits a dimension err by less than this; what the stored vectors say decides. */
const quantizationError = 0.04;
/** By how much two similarities in 8 bits can be in the wrong order, among vectors that are near a question. */
const orderError = 0.02;
/** Candidates beyond those wanted, so that the order by 8 bits loses none of the nearest. */
const spareCandidates = 8;
/** How often a search begins again because all that it found was gone. */
const mostRounds = 8;
/**
 * Documents that one call has under way to Redis: many enough that a round trip is no wait, few enough that they are gone
 * again before a collection of garbage has to carry them along, which is what holds up the event loop.
 */
const documentsUnderWay = 16;
const longestWaitMs = 1_000;

/** Vectors in the memory of the service, derived from Redis and kept in agreement with it. */
export class EmbeddedEngine implements VectorIndex {
  private readonly feed: ChangeFeed;
  private readonly housekeeping: Housekeeping;
  private readonly sync: MemorySync;
  private host?: VectorHost;
  private loaded = false;
  private loading?: Promise<void>;
  private ghosts = 0;
  private closed = false;

  constructor(private readonly options: EmbeddedEngineOptions) {
    const { connections, store, log } = options;
    this.sync = new MemorySync(store, () => this.host);
    this.feed = new ChangeFeed({
      key: vectorIndexKeys(connections.keyPrefix).changes(store.schema.indexName),
      connections,
      log,
      onChange: (ids) => this.sync.refresh(ids),
      onGap: () => this.housekeeping.reconcileSoon(),
    });
    this.housekeeping = new Housekeeping({
      sweepMs: options.sweepMs ?? 1_000,
      reconcileMs: options.reconcileMs ?? 300_000,
      sweep: (from) => this.sweep(from),
      reconcile: () => this.sync.addMissing(true),
    });
  }

  status(): IndexStatus {
    if (this.options.store.isAway) {
      return 'unavailable';
    }
    return this.loaded ? 'ready' : 'loading';
  }

  /** Returns at once; loading goes on behind until it has succeeded. */
  async ensure(): Promise<void> {
    this.loading ??= this.load();
  }

  async upsert(documents: readonly VectorDocument[]): Promise<void> {
    const { store } = this.options;
    const prepared = documents.map((document) => store.prepare(document));
    for (let from = 0; from < documents.length; from += documentsUnderWay) {
      const to = from + documentsUnderWay;
      await this.writeSome(documents.slice(from, to), prepared.slice(from, to));
    }
  }

  async remove(ids: readonly string[]): Promise<void> {
    await this.options.store.remove(ids).catch(rethrow);
    await this.host?.drop(ids).catch(() => undefined);
    await this.tell(ids);
  }

  async search(query: VectorQuery): Promise<VectorMatch[]> {
    const { store } = this.options;
    checkQuery(store.schema, query);
    const { host } = this;
    if (!this.loaded || !host) {
      throw new VectorIndexError('loading', 'The vector index is being loaded');
    }
    return this.find(host, query).catch(rethrow);
  }

  async snapshot(): Promise<IndexSnapshot> {
    const { entries = 0, behind = 0 } = (await this.host?.counts().catch(() => undefined)) ?? {};
    return { engine: 'embedded', status: this.status(), entries, behind, ghosts: this.ghosts, failures: 0 };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.loaded = false;
    this.sync.stop();
    await Promise.all([this.feed.stop(), this.housekeeping.stop()]);
    await this.host?.close();
    await this.loading?.catch(() => undefined);
  }

  /** Writes all of them at the same time, and holds those that were written. */
  private async writeSome(documents: readonly VectorDocument[], prepared: readonly StoredVector[]): Promise<void> {
    const { store } = this.options;
    const outcomes = await Promise.allSettled(
      documents.map((document, i) => {
        this.sync.noteWrite(document.id);
        return store.write(document, prepared[i]!);
      }),
    );
    const written = prepared.filter((_, i) => outcomes[i]?.status === 'fulfilled');
    await this.host?.put(toRows(written, store.schema.vector.dimension)).catch(() => undefined);
    await this.tell(documents.map(({ id }) => id));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) {
      throw asIndexFault(failed.reason);
    }
  }

  /** Asks again as long as ghosts may have taken the places of those behind them. */
  private async find(host: VectorHost, query: VectorQuery): Promise<VectorMatch[]> {
    const { store } = this.options;
    const wanted: HostQuery = {
      boundary: boundaryDigest(store.schema, query.boundaries),
      labels: labelDigests(query.labels),
      vector: quantize(query.vector),
      limit: query.limit + spareCandidates,
      threshold: (query.threshold ?? 0) - quantizationError,
    };
    for (let round = 0; ; round++) {
      const found = await host.search(wanted);
      const last = (found[query.limit - 1]?.similarity ?? 0) - orderError;
      const candidates = found.filter(({ similarity }) => similarity >= last).map(({ id }) => id);
      const { matches, ghosts } = await store.verify(candidates, query);
      this.ghosts += ghosts.length;
      await this.sync.refresh(ghosts);
      const sawAll = found.length < wanted.limit && candidates.length === found.length;
      if (ghosts.length === 0 || sawAll || matches.length === query.limit || round >= mostRounds) {
        return matches;
      }
    }
  }

  /** Ends when every document is in memory; Redis away only makes it later. */
  private async load(): Promise<void> {
    for (let attempt = 0; !this.closed; attempt++) {
      try {
        const host = (this.host ??= this.options.openHost((error) => this.restart(error)));
        await this.feed.start();
        await host.build(false);
        await this.sync.addMissing(false);
        await host.build(true);
        // Another load goes on where the host has ended meanwhile.
        this.loaded = this.host === host && !this.closed;
        this.housekeeping.start();
        return;
      } catch (error) {
        if (attempt === 0) {
          const reason = error instanceof Error ? error.message : 'unknown';
          this.options.log?.warn('Vector index cannot be loaded; trying on', { reason });
        }
        await new Promise((resolve) => setTimeout(resolve, Math.min(longestWaitMs, 50 * 2 ** attempt)));
      }
    }
  }

  /** The thread that held the vectors is gone, and they with it. */
  private restart(error: Error): void {
    this.loaded = false;
    this.host = undefined;
    if (!this.closed) {
      this.options.log?.warn('Vector thread ended; loading anew', { reason: error.message });
      this.loading = this.load();
    }
  }

  private async sweep(from: number): Promise<number> {
    if (!this.loaded) {
      return 0;
    }
    const { next, ghosts } = await this.sync.sweep(from);
    this.ghosts += ghosts;
    return next;
  }

  /** A change that others do not hear of they find later by themselves. */
  private async tell(ids: readonly string[]): Promise<void> {
    await this.feed.publish(ids).catch(() => undefined);
  }
}

function toRows(vectors: readonly StoredVector[], dimension: number): Rows {
  const matrix = new Int8Array(vectors.length * dimension);
  vectors.forEach(({ vector }, i) => matrix.set(quantize(vector), i * dimension));
  return {
    ids: vectors.map(({ id }) => id),
    boundaries: vectors.map(({ boundary }) => boundary),
    labels: vectors.map(({ labels }) => labels),
    vectors: matrix,
  };
}

function rethrow(error: unknown): never {
  throw asIndexFault(error);
}
