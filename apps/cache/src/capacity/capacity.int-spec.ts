import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { storeAnswer } from '#contracts';
import { RpcClient } from '#redis-streams';
import { startCacheApp, type RunningCache } from '../../../../test/cache/cache-app.js';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { capacity } from './capacity.js';

/** The lexical embedder's, which is the one that is always there. */
const dimensions = 512;
const count = 600;
const use = { model: 'gpt-4o-mini', tokens: 500, costMicroUsd: 1_500, latencyMs: 1_200, writer: 'k0123456789abcdef' };

let redis: RunningRedis;
let client: Redis;
let cache: RunningCache;

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
  cache = await startCacheApp(redis.url);
  await cache.untilIndexed();
});

afterAll(async () => {
  await cache.stop();
  await client.quit();
  await redis.stop();
});

const usedMemory = async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))![1]);
const noise = (length: number) => randomBytes(length).toString('base64').slice(0, length);

async function store(from: number, to: number, sizes: { responseBytes: number; metadataBytes: number }) {
  const rpc = cache.app.get(RpcClient, { strict: false });
  for (let start = from; start < to; start += 10) {
    const batch = Array.from({ length: 10 }, (_, index) => {
      const digest = (what: string) =>
        createHash('sha256')
          .update(`${what} ${start + index}`)
          .digest('hex');
      const [opening, closing] = ['{"content":"', '"}'];
      const answer = opening + noise(sizes.responseBytes - opening.length - closing.length) + closing;
      const turn = `What is ${noise(sizes.metadataBytes - 8)}`;
      const asked = { tenant: 'default', cacheId: 'default', exactKey: digest('key'), frame: digest('frame'), turn };
      return rpc.call(storeAnswer, { ...asked, ...use, answer });
    });
    await Promise.all(batch);
    await cache.untilIndexed();
  }
}

describe('the capacity planner', () => {
  it.each([
    { responseBytes: 2_048, metadataBytes: 512 },
    { responseBytes: 600, metadataBytes: 100 },
  ])(
    'foretells within a tenth what answers really take in Redis: %j',
    async (sizes) => {
      await client.flushall();
      await store(0, 100, sizes);
      const before = await usedMemory();
      await store(100, 100 + count, sizes);
      await until('every entry has its vector', async () => {
        const keys = await client.keys(`${cache.keyPrefix}:entry:*`);
        return keys.length === 100 + count;
      });
      const taken = ((await usedMemory()) - before) / count;
      const predicted = capacity({ entries: 1, dimensions, dtype: 'float32', replicas: 1, ...sizes }).redisBytes;
      expect(taken / predicted).toBeGreaterThan(0.9);
      expect(taken / predicted).toBeLessThan(1.1);
    },
    180_000,
  );
});

describe('GET /v1/capacity', () => {
  const usual = { entries: '100000', dimensions: '1536', responseBytes: '2048', metadataBytes: '512' };
  const plan = (query: Readonly<Record<string, string>>) =>
    cache.call('GET', `/v1/capacity?${new URLSearchParams(query)}`);

  it("answers the field's example, for every dtype", async () => {
    const { status, body } = await plan({ ...usual, dtype: 'float32' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ payloadBytes: 870_400_000, payloadKiB: 850_000 });
    expect(body.redisBytes).toBeGreaterThan(870_400_000);
    expect(body.indexBytes).toBeGreaterThan(0);
    expect((await plan({ ...usual, dtype: 'float16' })).body).toMatchObject({ payloadBytes: 563_200_000 });
    expect((await plan({ ...usual, dtype: 'int8' })).body).toMatchObject({ payloadBytes: 409_600_000 });
  });

  it.each([
    ['entries', '0'],
    ['entries', '1.5'],
    ['entries', 'many'],
    ['entries', ''],
    ['dimensions', '8193'],
    ['dtype', 'float64'],
    ['responseBytes', '-1'],
    ['metadataBytes', '1e99'],
    ['replicas', '0'],
    ['dimension', '5'],
  ])('names %s when it is %j', async (name, value) => {
    const { status, type, body } = await plan({ ...usual, [name]: value });
    expect({ status, type }).toEqual({ status: 400, type: expect.stringContaining('application/problem+json') });
    expect(body).toMatchObject({ param: name, detail: expect.stringContaining(name) });
  });

  it('names all that is missing', async () => {
    const { body } = await plan({});
    for (const name of Object.keys(usual)) expect((body.faults as string[]).join('\n')).toContain(name);
  });
});
