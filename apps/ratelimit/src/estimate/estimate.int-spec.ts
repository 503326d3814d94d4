import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Redis } from 'ioredis';
import { startLimitsReplica } from '../../../../test/limits/limits-replica.js';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { EstimateRepository } from './estimate.repository.js';
import { lengthClass, percentile95 } from './output-lengths.js';

jest.setTimeout(60_000);

let redis: RunningRedis;
let client: Redis;
let keyPrefix: string;
let replica: TestingModule;
const repository = () => replica.get(EstimateRepository);

async function count(model: string, answers: number, tokens: number): Promise<void> {
  const each = Array.from({ length: answers }, () => repository().count('acme', model, lengthClass(tokens)));
  await Promise.all(each);
}

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
  keyPrefix = `t${randomBytes(6).toString('hex')}`;
  replica = await startLimitsReplica({ url: redis.url, keyPrefix });
});

afterAll(async () => {
  await replica.close();
  client.disconnect();
  await redis.stop();
});

it('old answers fade: a model that has come to write more is known for it before its answers have doubled', async () => {
  await count('grown', 1_900, 100);
  expect(percentile95(await repository().read('acme', 'grown'))).toBeLessThanOrEqual(119);
  await count('grown', 200, 4_000);
  const counts = await repository().read('acme', 'grown');
  expect(counts.reduce((sum, each) => sum + each, 0)).toBeLessThan(2_000);
  expect(percentile95(counts)).toBeGreaterThanOrEqual(4_000);
});

it('invented models cannot fill Redis, and what is kept expires', async () => {
  await Promise.all(Array.from({ length: 1_050 }, (_, index) => repository().count('greedy', `m${index}`, 5)));
  const keys = await client.keys(`${keyPrefix}:output-lengths:{greedy}:*`);
  expect(keys).toHaveLength(1_000);
  expect(await client.pttl(keys[0]!)).toBeGreaterThan(0);
  expect(await client.pttl(`${keyPrefix}:counted-models:{greedy}`)).toBeGreaterThan(0);
  const known = createHash('sha256').update('m0').digest('hex');
  expect(await client.zscore(`${keyPrefix}:counted-models:{greedy}`, known)).not.toBeNull();
});
