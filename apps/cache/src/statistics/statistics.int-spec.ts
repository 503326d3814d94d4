import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Redis } from 'ioredis';
import { cacheKeys } from '#redis-keys';
import { startCacheReplica } from '../../../../test/cache/cache-replica.js';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { ResponseCacheService } from '../response/response-cache.service.js';
import { dayOf } from './days.js';
import { maxModels, StatisticsRepository } from './statistics.repository.js';
import { StatisticsService } from './statistics.service.js';

let redis: RunningRedis;
let client: Redis;
let keyPrefix: string;
let replicas: TestingModule[];
let statistics: StatisticsService;
let repository: StatisticsRepository;

const scope = { tenant: 'acme', cacheId: 'default' };
const day = '2026-11-21';
const days = { from: '2026-11-20', to: '2026-11-22' };

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
});

afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

beforeEach(async () => {
  keyPrefix = `t${randomBytes(6).toString('hex')}`;
  const urls = { cache: redis.url, state: redis.url, bus: redis.url };
  replicas = await Promise.all([startCacheReplica({ urls, keyPrefix }), startCacheReplica({ urls, keyPrefix })]);
  statistics = replicas[0]!.get(StatisticsService);
  repository = replicas[0]!.get(StatisticsRepository);
});

afterEach(() => Promise.all(replicas.map((replica) => replica.close())));

describe('statistics', () => {
  it('tell hits, misses by reason, stores, followers and what was saved, by day and model', async () => {
    const responses = replicas[0]!.get(ResponseCacheService);
    const exactKey = 'ab'.repeat(32);
    const question = { ...scope, exactKey, model: 'openai/gpt:4' };
    await responses.lookUp({ ...question, flightToken: '01'.repeat(16) });
    await responses.lookUp({ ...question, flightToken: '02'.repeat(16) });
    const use = { tokens: 500, costMicroUsd: 1_500, latencyMs: 900 };
    await responses.store({ ...question, answer: '{"id":"1"}', ...use });
    await responses.lookUp(question);
    await responses.lookUp({ ...question, maxAgeSeconds: 0 });
    await new Promise((resolve) => setTimeout(resolve, 100));

    const today = dayOf(Date.now());
    const read = await statistics.read({ ...scope, from: dayOf(Date.now() - 86_400_000), to: today });
    const counts = {
      hitsExact: 1,
      hitsSemantic: 0,
      hitsStale: 0,
      shadowHitsExact: 0,
      shadowHitsSemantic: 0,
      coalesced: 1,
      stores: 1,
      misses: { absent: 2, 'too-old': 1 },
      tokensSaved: 500,
      savedMicroUsd: 1_500,
      savedUsd: '0.001500',
      embeddingMicroUsd: 0,
      netSavedMicroUsd: 1_500,
      netSavedUsd: '0.001500',
      timeSavedMs: 900,
    };
    expect(read).toMatchObject(counts);
    expect(Object.values(read.byDay)).toEqual([counts]);
    expect(read.byModel).toEqual({ 'openai/gpt:4': counts });
  });

  it('lose no count of 500, 50 at once over two replicas', async () => {
    const use = { day, increments: { hitsExact: 1, savedMicroUsd: 9_007_199_254_740 } };
    for (let batch = 0; batch < 10; batch += 1) {
      const counting = Array.from({ length: 50 }, (_, index) =>
        replicas[index % 2]!.get(StatisticsRepository).count(scope, { ...use, model: `m${index % 3}` }),
      );
      await Promise.all(counting);
    }
    const read = await statistics.read({ ...scope, ...days });
    expect(read.hitsExact).toBe(500);
    expect(read.savedUsd).toBe('4503599627.370000');
    expect(Object.keys(read.byDay)).toEqual([day]);
    expect(Object.values(read.byModel).reduce((sum, { hitsExact }) => sum + hitsExact, 0)).toBe(500);
  });

  it('hold a bounded number of models, the others counted together', async () => {
    const names = Array.from({ length: maxModels + 50 }, (_, index) => `m${index}`);
    for (const model of names) await repository.count(scope, { day, model, increments: { hitsExact: 1 } });
    await repository.count(scope, { day, model: 'm0', increments: { hitsExact: 1 } });
    const { hitsExact, byModel } = await statistics.read({ ...scope, ...days });
    expect(hitsExact).toBe(maxModels + 51);
    expect(Object.keys(byModel)).toHaveLength(maxModels + 1);
    expect([byModel['m0']?.hitsExact, byModel['other']?.hitsExact]).toEqual([2, 50]);
  });

  it('expire after 400 days, counted from the first use', async () => {
    const key = cacheKeys(keyPrefix).statistics(scope.tenant, scope.cacheId, day);
    await repository.count(scope, { day, model: '', increments: { stores: 1 } });
    expect(await client.pttl(key)).toBeGreaterThan(399 * 86_400_000);
    await client.pexpire(key, 1_000_000);
    await repository.count(scope, { day, model: '', increments: { stores: 1 } });
    expect(await client.pttl(key)).toBeLessThanOrEqual(1_000_000);
  });

  it('are of one tenant and cache', async () => {
    await repository.count(scope, { day, model: '', increments: { stores: 1 } });
    expect((await statistics.read({ ...scope, tenant: 'other', ...days })).stores).toBe(0);
    expect((await statistics.read({ ...scope, cacheId: 'other', ...days })).stores).toBe(0);
  });

  it('read over spoilt data as if it were not there', async () => {
    const keys = cacheKeys(keyPrefix);
    await client.set(keys.statistics(scope.tenant, scope.cacheId, '2026-11-20'), 'text');
    await client.hset(keys.statistics(scope.tenant, scope.cacheId, day), { hitsExact: 'many', stores: 2 });
    expect(await statistics.read({ ...scope, ...days })).toMatchObject({ hitsExact: 0, stores: 2 });
  });
});
