import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisConnections, type RedisClient } from '#redis-connection';
import { startRedis, type RunningRedis } from '../../../test/redis/index.js';
import type { Embedder } from './embedder.js';
import { EmbeddingCache } from './embedding-cache.js';
import { LexicalEmbedder } from './lexical-embedder.js';

const lexical = new LexicalEmbedder();
const asked: string[][] = [];
const counting: Embedder = {
  id: lexical.id,
  dimension: lexical.dimension,
  defaultThreshold: lexical.defaultThreshold,
  maxCharacters: lexical.maxCharacters,
  embed: async (texts) => {
    asked.push([...texts]);
    return lexical.embed(texts);
  },
};

describe('the embeddings cache', () => {
  let redis: RunningRedis;
  let connections: RedisConnections;
  let client: RedisClient;
  let cache: EmbeddingCache;

  beforeAll(async () => {
    redis = await startRedis();
    const { url } = redis;
    connections = new RedisConnections({ urls: { cache: url, state: url, bus: url }, keyPrefix: 'larder' });
    await connections.onModuleInit();
    client = connections.command('cache');
    cache = new EmbeddingCache(counting, connections, 60);
  });
  afterAll(async () => {
    await connections.onApplicationShutdown();
    await redis.stop();
  });

  it('asks only for the texts it does not know', async () => {
    const first = await cache.embed(['one', 'two']);
    const again = await cache.embed(['two', 'three', 'one']);
    expect(asked).toEqual([['one', 'two'], ['three']]);
    expect([again[2], again[0]]).toEqual(first);
    expect(cache.statistics).toEqual({ hits: 2, misses: 3 });
  });

  it('keeps float32 under a key without text, which expires', async () => {
    const keys = await client.keys('larder:embed:*');
    expect(keys.every((key) => /^larder:embed:lexical-1-512:[0-9a-f]{64}$/.test(key))).toBe(true);
    expect(await client.strlen(keys[0]!)).toBe(512 * 4);
    expect(await client.ttl(keys[0]!)).toBeGreaterThan(0);
  });

  it.each([
    ['of another length', Buffer.from('short')],
    ['that is no unit vector', Buffer.alloc(512 * 4)],
  ])('makes a spoilt vector anew: one %s', async (_, bytes) => {
    const [vector] = await cache.embed(['spoilt']);
    for (const key of await client.keys('larder:embed:*')) {
      await client.set(key, bytes);
    }
    expect(await cache.embed(['spoilt'])).toEqual([vector]);
  });

  it('goes on without Redis', async () => {
    redis.signal('SIGSTOP');
    expect(await cache.embed(['one', 'four'])).toHaveLength(2);
    redis.signal('SIGCONT');
  });
});
