import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { hashBytes, stringBytes } from './redis-memory.js';

let redis: RunningRedis;
let client: Redis;
const count = 3_000;

/** Bytes that a key takes, by what Redis allocates for many of them. */
async function taken(write: (key: string) => Promise<unknown>): Promise<number> {
  await client.flushall();
  const used = async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))![1]);
  const before = await used();
  for (let start = 0; start < count; start += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, i) => write(`k${String(start + i).padStart(89, '0')}`)));
  }
  return ((await used()) - before) / count;
}

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
});

afterAll(async () => {
  await client.quit();
  await redis.stop();
});

describe('the memory of Redis', () => {
  it.each([20, 100, 700, 2_300, 9_000])('for a string of %d bytes is as predicted', async (length) => {
    const bytes = await taken((key) => client.set(key, 'x'.repeat(length), 'EX', 1_000));
    expect(bytes / stringBytes(90, length)).toBeGreaterThan(0.93);
    expect(bytes / stringBytes(90, length)).toBeLessThan(1.07);
  });

  it.each([
    [2, 1_536],
    [6, 6_144],
    [10, 3_072],
    [17, 512],
  ])('for a hash of %d fields and a value of %d bytes is as predicted', async (fields, length) => {
    const names = Array.from({ length: fields - 1 }, (_, i) => `field-${i}`);
    const small = names.flatMap((name) => [name, 'y'.repeat(40)]);
    const bytes = await taken(async (key) => {
      await client.hset(key, 'vector', 'x'.repeat(length), ...small);
      await client.expire(key, 1_000);
    });
    const predicted = hashBytes(90, [[6, length], ...names.map((name) => [name.length, 40] as const)]);
    expect(bytes / predicted).toBeGreaterThan(0.93);
    expect(bytes / predicted).toBeLessThan(1.07);
  });
});
