import { existsSync } from 'node:fs';
import type { RedisConnections, RedisRole } from '#redis-connection';
import { chooseEngine, type EngineName } from './choose-engine.js';
import { DocumentStore } from './document-store.js';
import { EmbeddedEngine } from './embedded-engine.js';
import type { IndexSchema } from './index-schema.js';
import { PartitionHost, type VectorHost } from './partition-host.js';
import { RedisearchEngine } from './redisearch-engine.js';
import { ThreadedHost } from './threaded-host.js';
import type { IndexLog, VectorIndex } from './vector-index.js';

const threadEntry = new URL('./embedded-thread.js', import.meta.url);

export interface VectorIndexOptions {
  readonly schema: IndexSchema;
  readonly connections: Pick<RedisConnections, 'command' | 'openBlocking' | 'closeBlocking' | 'status' | 'keyPrefix'>;
  /** Where the documents live. */
  readonly role: RedisRole;
  /** `auto` unless told: Redis itself where it can, else this process. */
  readonly engine?: 'auto' | EngineName;
  readonly log?: IndexLog;
}

/** The engine that the server allows, made ready in the background. */
export async function openVectorIndex(options: VectorIndexOptions): Promise<VectorIndex> {
  const { schema, connections, role, log } = options;
  const store = new DocumentStore(schema, connections, role);
  const engine = await chooseEngine(store.client, options.engine ?? 'auto', schema.vector.type);
  const index =
    engine === 'redisearch'
      ? new RedisearchEngine({ store, keyPrefix: connections.keyPrefix, log })
      : new EmbeddedEngine({
          store,
          connections,
          log,
          openHost: (onEnd) => openHost(schema.vector.dimension, onEnd),
        });
  await index.ensure();
  log?.info('Vector index opened', { engine, index: schema.indexName, version: schema.versionName });
  return index;
}

/** In a thread; what runs from its sources, not built, has none to run and holds the vectors itself. */
function openHost(dimension: number, onEnd: (error: Error) => void): VectorHost {
  return existsSync(threadEntry) ? new ThreadedHost(dimension, onEnd, threadEntry) : new PartitionHost(dimension);
}
