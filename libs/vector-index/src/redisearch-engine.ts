import { vectorIndexKeys } from '#redis-keys';
import { readCapabilities } from './choose-engine.js';
import { checkQuery, type DocumentStore } from './document-store.js';
import { boundaryDigest, labelDigests } from './index-schema.js';
import { isMissingIndex, SearchServer } from './search-server.js';
import { toBytes } from './vector-bytes.js';
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

export interface RedisearchEngineOptions {
  readonly store: DocumentStore;
  readonly keyPrefix: string;
  readonly log?: IndexLog;
  /** Milliseconds between looks at how far the server's indexing is; 100 unless told. */
  readonly pollMs?: number;
}

const spareCandidates = 4;
const longestWaitMs = 2_000;

/**
 * Vectors in Redis itself (RediSearch 2.10 and later, Redis 8). A changed schema is built beside the old index; the
 * alias moves when the new one is complete, and only then the old one goes.
 */
export class RedisearchEngine implements VectorIndex {
  private readonly server: SearchServer;
  private readonly index: string;
  private readonly alias: string;
  private state: IndexStatus = 'loading';
  /** Name by which a search asks; the alias means the version before while this one is being built. */
  private asked: string;
  private building?: Promise<void>;
  private ghosts = 0;
  private closed = false;

  constructor(private readonly options: RedisearchEngineOptions) {
    const { store, keyPrefix } = options;
    const keys = vectorIndexKeys(keyPrefix);
    this.server = new SearchServer(() => store.client);
    this.index = keys.searchIndex(store.schema.indexName, store.schema.versionName);
    this.alias = keys.searchAlias(store.schema.indexName);
    this.asked = this.index;
  }

  status(): IndexStatus {
    return this.options.store.isAway ? 'unavailable' : this.state;
  }

  /** Returns at once; building goes on behind until it has succeeded. */
  async ensure(): Promise<void> {
    this.building ??= this.build().finally(() => (this.building = undefined));
  }

  async upsert(documents: readonly VectorDocument[]): Promise<void> {
    const { store } = this.options;
    const prepared = documents.map((document) => store.prepare(document));
    await Promise.all(documents.map((document, i) => store.write(document, prepared[i]!))).catch(rethrow);
  }

  async remove(ids: readonly string[]): Promise<void> {
    await this.options.store.remove(ids).catch(rethrow);
  }

  async search(query: VectorQuery): Promise<VectorMatch[]> {
    const { store } = this.options;
    checkQuery(store.schema, query);
    if (this.state !== 'ready') {
      throw new VectorIndexError('loading', 'The vector index is being built');
    }
    const candidates = await this.nearest(query);
    const { matches, ghosts } = await store.verify(candidates, query).catch(rethrow);
    this.ghosts += ghosts.length;
    return matches;
  }

  async snapshot(): Promise<IndexSnapshot> {
    const info = await this.server.info(this.index).catch(() => undefined);
    const { documents = 0, failures = 0 } = info ?? {};
    const { ghosts } = this;
    return { engine: 'redisearch', status: this.status(), entries: documents, behind: 0, ghosts, failures };
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.building;
  }

  private async nearest(query: VectorQuery): Promise<string[]> {
    const { schema } = this.options.store;
    try {
      const keys = await this.server.search(schema, this.asked, {
        boundary: boundaryDigest(schema, query.boundaries),
        labels: labelDigests(query.labels),
        vector: toBytes(query.vector, schema.vector.type),
        limit: query.limit + spareCandidates,
      });
      return keys.map((key) => key.slice(schema.prefix.length));
    } catch (error) {
      if (isMissingIndex(error)) {
        this.state = 'loading';
        void this.ensure();
        throw new VectorIndexError('loading', 'The vector index was gone and is being built', { cause: error });
      }
      throw asIndexFault(error);
    }
  }

  private async build(): Promise<void> {
    let faults = 0;
    while (!this.closed) {
      try {
        if (await this.isComplete()) {
          await this.takeOver();
          return;
        }
        faults = 0;
        await this.wait(this.options.pollMs ?? 100);
      } catch (error) {
        faults += 1;
        if (faults === 1) {
          const reason = error instanceof Error ? error.message : 'unknown';
          this.options.log?.warn('Vector index cannot be built; trying on', { reason });
        }
        await this.wait(Math.min(longestWaitMs, 50 * 2 ** faults));
      }
    }
  }

  /** Whether the server has indexed all that lay there: before, a search would find only some of it. */
  private async isComplete(): Promise<boolean> {
    const info = await this.server.info(this.index);
    if (info) {
      return info.indexed >= 1;
    }
    if (await this.server.info(this.alias)) {
      this.asked = this.alias;
      this.state = 'ready';
    }
    await this.server.create(this.options.store.schema, this.index);
    return false;
  }

  /** Serves from this version, and retires those before it unless a later one is in use already. */
  private async takeOver(): Promise<void> {
    this.asked = this.index;
    this.state = 'ready';
    const { aliases } = await readCapabilities(this.options.store.client);
    const current = aliases ? await this.server.info(this.alias) : undefined;
    if (!aliases || (current && this.versionOf(current.name) > this.options.store.schema.version)) {
      return;
    }
    await this.server.pointAlias(this.alias, this.index);
    const older = (await this.server.list()).filter((name) => this.versionOf(name) < this.options.store.schema.version);
    await Promise.all(older.map((name) => this.server.drop(name)));
  }

  /** Of an index of ours; Infinity for another's. */
  private versionOf(name: string): number {
    const version = name.startsWith(`${this.alias}:v`)
      ? /^\d+/.exec(name.slice(this.alias.length + 2))?.[0]
      : undefined;
    return version === undefined ? Infinity : Number(version);
  }

  private wait(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
}

function rethrow(error: unknown): never {
  throw asIndexFault(error);
}
