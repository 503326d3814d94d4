import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { vectorIndexKeys } from '#redis-keys';
import type { RedisConnections } from '#redis-connection';
import { startRedis, until } from '../../../test/redis/index.js';
import { compileThread, openServer, type TestServer } from '../../../test/vector-index/engines.js';
import { DocumentStore } from './document-store.js';
import { EmbeddedEngine, type EmbeddedEngineOptions } from './embedded-engine.js';
import { defineIndexSchema } from './index-schema.js';
import { PartitionHost } from './partition-host.js';
import { ThreadedHost } from './threaded-host.js';

const dimension = 4;
const random = () => Float32Array.from({ length: dimension }, () => Math.random() - 0.5);

describe('the embedded engine', () => {
  let server: TestServer;
  let connections: RedisConnections;
  const opened: EmbeddedEngine[] = [];
  const thread = compileThread();

  beforeAll(async () => {
    server = await openServer();
    connections = await server.connect();
  });
  afterAll(async () => {
    await server.stop();
    thread.remove();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((index) => index.close()));
    await connections.command('cache').flushall();
  });

  const schema = () =>
    defineIndexSchema({
      name: 'answers',
      version: 1,
      prefix: `${connections.keyPrefix}:entry:`,
      boundaries: ['tenant'],
      vector: { embedder: 'fixed', dimension },
    });
  const open = async (over: Partial<EmbeddedEngineOptions> = {}, by = connections) => {
    const index = new EmbeddedEngine({
      store: new DocumentStore(schema(), by, 'cache'),
      connections: by,
      sweepMs: 20,
      openHost: () => new PartitionHost(dimension),
      ...over,
    });
    opened.push(index);
    await index.ensure();
    return index;
  };
  const ready = async (index: EmbeddedEngine) => {
    await until('the index', () => index.status() === 'ready');
    return index;
  };
  const find = async (index: EmbeddedEngine, vector: Float32Array) =>
    (await index.search({ boundaries: {}, vector, limit: 1, threshold: 0.999 })).map(({ id }) => id);

  it('loads again when its thread dies', async () => {
    const hosts: ThreadedHost[] = [];
    const index = await ready(
      await open({
        openHost: (onEnd) => {
          const host = new ThreadedHost(dimension, onEnd, thread.entry);
          hosts.push(host);
          return host;
        },
      }),
    );
    const vector = random();
    await index.upsert([{ id: 'd', boundaries: {}, vector }]);
    const worker = (hosts[0] as unknown as { worker: { terminate(): Promise<number> } }).worker;
    await worker.terminate();
    await until('the second thread', () => hosts.length === 2 && index.status() === 'ready');
    expect(await find(index, vector)).toEqual(['d']);
  });

  it('finds by itself what changed while the stream of changes was cut', async () => {
    const index = await ready(await open({ reconcileMs: 50 }));
    const replica = await ready(await open({}, await server.connect()));
    const vectors = Array.from({ length: 20 }, random);
    await replica.upsert(vectors.map((vector, i) => ({ id: `d${i}`, boundaries: {}, vector })));
    await connections.command('state').del(vectorIndexKeys(connections.keyPrefix).changes(schema().indexName));
    const late = random();
    const store = new DocumentStore(schema(), connections, 'cache');
    await store.write(
      { id: 'late', boundaries: {}, vector: late },
      store.prepare({ id: 'late', boundaries: {}, vector: late }),
    );
    await until('the late one', async () => (await find(index, late)).join() === 'late');
    expect(await find(index, vectors[7]!)).toEqual(['d7']);
  });

  it('forgets what Redis evicts', async () => {
    const client = connections.command('cache');
    const index = await ready(await open());
    await client.config('SET', 'maxmemory', '4mb', 'maxmemory-policy', 'allkeys-random');
    try {
      for (let i = 0; i < 40; i++) {
        const fields = { answer: Buffer.alloc(4_000) };
        const documents = Array.from({ length: 20 }, (_, n) => ({
          id: `d${i * 20 + n}`,
          boundaries: {},
          vector: random(),
          fields,
        }));
        await index.upsert(documents);
      }
      const alive = async () => (await client.keys(`${schema().prefix}*`)).length;
      expect(await alive()).toBeLessThan(800);
      await until('ghosts to go', async () => (await index.snapshot()).entries <= (await alive()));
    } finally {
      await client.config('SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction');
    }
  });

  it('says that it is unavailable while Redis is away, and serves again after', async () => {
    const redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    const own = await openServer(redis.url);
    const by = await own.connect();
    const index = await open({ store: new DocumentStore(schema(), by, 'cache') }, by);
    await ready(index);
    const vector = random();
    await index.upsert([{ id: 'd', boundaries: {}, vector }]);
    redis.signal('SIGKILL');
    await until('the loss', () => index.status() === 'unavailable');
    await expect(find(index, vector)).rejects.toMatchObject({ fault: 'unavailable' });
    await expect(index.upsert([{ id: 'e', boundaries: {}, vector }])).rejects.toMatchObject({ fault: 'unavailable' });
    await redis.restart();
    await ready(index);
    expect(await find(index, vector)).toEqual(['d']);
    await index.close();
    await own.stop();
    await redis.stop();
  });

  it('starts without Redis, and loads when it comes', async () => {
    const redis = await startRedis();
    const own = await openServer(redis.url);
    const by = await own.connect();
    redis.signal('SIGKILL');
    await until('the loss', () => by.status('cache') === 'degraded');
    const index = await open({ store: new DocumentStore(schema(), by, 'cache') }, by);
    await redis.restart();
    await ready(index);
    expect(await find(index, random())).toEqual([]);
    await index.close();
    await own.stop();
    await redis.stop();
  });
});
