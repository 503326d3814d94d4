import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisConnections, type RedisClient } from '#redis-connection';
import { ServiceEnv } from '#service';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { EmbeddingsRepository } from './embeddings.repository.js';
import type { KeptVector } from './kept-vector.js';
import { readVector } from './vector-form.js';

const now = () => Math.floor(Date.now() / 1_000);
const kept = (numbers: number[], ttl = 60): KeptVector => ({
  vector: readVector(numbers)!,
  model: 'm with spaces',
  storedAt: now(),
  expiresAt: now() + ttl,
});
const sha = (n: number) => n.toString(16).padStart(64, '0');

describe('kept vectors', () => {
  let redis: RunningRedis;
  let connections: RedisConnections;
  let client: RedisClient;
  let repository: EmbeddingsRepository;

  beforeAll(async () => {
    redis = await startRedis();
    const { url } = redis;
    connections = new RedisConnections({ urls: { cache: url, state: url, bus: url }, keyPrefix: 'larder' });
    await connections.onModuleInit();
    client = connections.command('cache');
    repository = new EmbeddingsRepository(connections, Object.assign(new ServiceEnv(), { embeddingsMaxEntries: 300 }));
  });
  afterAll(async () => {
    await connections.onApplicationShutdown();
    await redis.stop();
  });

  it('are read as they were written, each tenant its own, and expire', async () => {
    const vectors = new Map([
      [sha(1), kept([0.1, 0.2])],
      [sha(2), kept([0.1 + 0.2])],
    ]);
    expect(await repository.write('acme', vectors, 60)).toBe(true);
    expect(await repository.read('acme', [sha(1), sha(2), sha(3)])).toEqual({ kept: vectors, isAway: false });
    expect((await repository.read('globex', [sha(1)])).kept.size).toBe(0);
    expect(await client.ttl(`larder:embedding:acme:${sha(1)}`)).toBeGreaterThan(0);
    expect(await client.ttl('larder:embedding-index:acme')).toBeGreaterThan(0);
  });

  it.each(['', 'x', 'exact 1 2 m\n', 'exact 1 2 m\nabc', 'other 1 2 m\nabcd', 'exact -1 2 m\nabcd'])(
    'that are spoilt are a miss: %j',
    async (value) => {
      await client.set(`larder:embedding:acme:${sha(9)}`, value);
      expect((await repository.read('acme', [sha(9)])).kept.size).toBe(0);
    },
  );

  it('of one tenant are bounded: those that expire first make room', async () => {
    const many = new Map(Array.from({ length: 280 }, (_, n) => [sha(1_000 + n), kept([n + 1], 1_000 + n)] as const));
    await repository.write('bounded', many, 2_000);
    await repository.write('bounded', new Map([...many.values()].map((one, n) => [sha(5_000 + n), one])), 2_000);
    expect(await client.zcard('larder:embedding-index:bounded')).toBe(300);
    expect(await client.keys('larder:embedding:bounded:*')).toHaveLength(300);
    expect((await repository.read('bounded', [sha(1_000), sha(1_279)])).kept.size).toBe(1);
  });

  it('are away with Redis, and nobody is told by an error', async () => {
    redis.signal('SIGSTOP');
    expect(await repository.read('acme', [sha(1)])).toEqual({ kept: new Map(), isAway: true });
    expect(await repository.write('acme', new Map([[sha(4), kept([1])]]), 60)).toBe(false);
    redis.signal('SIGCONT');
  });
});
