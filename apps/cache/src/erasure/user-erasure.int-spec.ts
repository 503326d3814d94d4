import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Redis } from 'ioredis';
import { startCacheReplica, storedEntry } from '../../../../test/cache/cache-replica.js';
import { answerTo, ask, outcome } from '../../../../test/cache/questions.js';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { userLabel } from '../catalogue/entry-labels.js';
import { ResponseCacheService } from '../response/response-cache.service.js';
import { UserErasureService } from './user-erasure.service.js';

jest.setTimeout(60_000);

let redis: RunningRedis;
let client: Redis;
let keyPrefix: string;
let replica: TestingModule;

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
  replica = await startCacheReplica({ urls, keyPrefix });
});

afterEach(() => replica.close());

const responses = () => replica.get(ResponseCacheService);
const forget = (userId: string) => replica.get(UserErasureService).forget('acme', userId);
const store = async (turn: string, userId: string) =>
  storedEntry(await responses().store(answerTo({ turn, userId }))).entryId;
const lists = (userId: string) => client.keys(`${keyPrefix}:tag:*:${userLabel(userId)}`);
/** Keys that hold an answer or what is known of it. */
const stored = () => Promise.all(['exact', 'entry'].map((kind) => client.keys(`${keyPrefix}:${kind}:*`)));

it('forgets what no list names any more, and nothing of anybody else', async () => {
  await store('What does Ann like best of all?', 'ann');
  await store('What does Bob like best of all?', 'bob');
  await until('both are listed', async () => (await lists('ann')).length + (await lists('bob')).length === 2);
  // As when Redis was away for the moment of the listing.
  await client.del(await lists('ann'));
  expect(await forget('ann')).toBe(1);
  const [exact, entries] = await stored();
  expect([exact!.length, entries!.length]).toEqual([1, 1]);
  const bobs = ask({ turn: 'What does Bob like best of all?', userId: 'bob' });
  expect(outcome(await responses().lookUp(bobs))).toBe('exact');
  expect(await forget('ann')).toBe(0);
});

it('keeps no answer that was on its way, and those to what is asked afterwards', async () => {
  await forget('ann');
  const late = answerTo({ turn: 'What was asked before?', userId: 'ann' }, { latencyMs: 60_000 });
  expect(await responses().store(late)).toMatchObject({ stored: false });
  expect((await stored()).flat()).toEqual([]);
  await store('What is asked afterwards?', 'bob');
  expect(await responses().store({ ...late, latencyMs: 0 })).toMatchObject({ stored: true });
});
