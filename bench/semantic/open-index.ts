import { setTimeout as sleep } from 'node:timers/promises';
import { RedisConnections } from '../../libs/redis-connection/index.js';
import {
  defineIndexSchema,
  openVectorIndex,
  type EngineName,
  type VectorIndex,
  type VectorType,
} from '../../libs/vector-index/index.js';
import { boundaryNames } from './entries.js';

export interface OpenIndex {
  readonly index: VectorIndex;
  readonly connections: RedisConnections;
  /** Milliseconds from opening to ready. */
  readonly readyMs: number;
  close(): Promise<void>;
}

export interface IndexSettings {
  readonly url: string;
  readonly engine: EngineName;
  readonly name: string;
  readonly dimension: number;
  readonly type?: VectorType;
}

/** Connected as a service is; a busy machine must not make the bench measure timeouts. */
export async function openIndex({ url, engine, name, dimension, type }: IndexSettings): Promise<OpenIndex> {
  const urls = { cache: url, state: url, bus: url };
  const connections = new RedisConnections({ urls, keyPrefix: 'bench-semantic', commandTimeoutMs: 30_000 });
  await connections.onModuleInit();
  const schema = defineIndexSchema({
    name,
    version: 1,
    prefix: `bench-semantic:entry:${name}:`,
    boundaries: boundaryNames,
    vector: { embedder: 'bench', dimension, type },
  });
  const began = performance.now();
  const index = await openVectorIndex({ schema, connections, role: 'cache', engine });
  while (index.status() !== 'ready') await sleep(5);
  const readyMs = performance.now() - began;
  const close = async () => {
    await index.close();
    await connections.onApplicationShutdown();
  };
  return { index, connections, readyMs, close };
}

/** Waits until nothing is left to be merged. */
export async function settled(index: VectorIndex): Promise<void> {
  while ((await index.snapshot()).behind > 0) await sleep(50);
}
