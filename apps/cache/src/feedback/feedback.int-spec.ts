import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Redis } from 'ioredis';
import { catalogueKeys } from '#redis-keys';
import { startCacheReplica, storedEntry, untilSemantic } from '../../../../test/cache/cache-replica.js';
import { answerTo, ask, outcome, scope, type Asking } from '../../../../test/cache/questions.js';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { PolicyService } from '../policy/policy.service.js';
import { ResponseCacheService } from '../response/response-cache.service.js';
import { SemanticSpaceService } from '../semantic/semantic-space.service.js';
import { FeedbackRepository, mostPairs } from './feedback.repository.js';
import { FeedbackService, type Feedback } from './feedback.service.js';

let redis: RunningRedis;
let client: Redis;
let one: TestingModule;
let other: TestingModule;
let keyPrefix: string;

const turn = 'How do I reset my router password?';
const nearly = 'How do I resett my router pasword?';
const farther = 'How do I reset my router when it does not answer any more?';

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
  [one, other] = await Promise.all([startCacheReplica({ urls, keyPrefix }), startCacheReplica({ urls, keyPrefix })]);
  await untilSemantic(one, other);
});

afterEach(() => Promise.all([one.close(), other.close()]));

async function keep(asking: Asking): Promise<string> {
  const { entryId } = storedEntry(await one.get(ResponseCacheService).store(answerTo(asking)));
  await untilSemantic(one);
  return entryId;
}

const outcomeOf = async (asking: Asking, replica = one) =>
  outcome(await replica.get(ResponseCacheService).lookUp(ask(asking)));
const give = (entryId: string, feedback: Feedback) => one.get(FeedbackService).give({ ...scope, entryId }, feedback);
const setPolicy = async (policy: Parameters<PolicyService['write']>[1]) => {
  for (const replica of [one, other]) await replica.get(PolicyService).write(scope, policy);
};
const quarantines = () => client.keys(`${keyPrefix}:quarantine:*`);

describe('an answer that a user calls wrong', () => {
  it('is at once never again served for that prompt, on any replica', async () => {
    const entryId = await keep({ turn });
    await until('the other replica knows it', async () => (await outcomeOf({ turn: nearly }, other)) === 'semantic');
    await give(entryId, { prompt: nearly, correct: false });
    for (const replica of [one, other]) {
      expect(await outcomeOf({ turn: nearly }, replica)).toBe('quarantined');
      expect(await outcomeOf({ turn: nearly.toUpperCase() }, replica)).toBe('quarantined');
      expect(await outcomeOf({ turn }, replica)).toBe('exact');
    }
  });

  it('makes its entry stricter: nothing as far off is answered by it, and what is nearer still is', async () => {
    await setPolicy({ similarityThreshold: 0.4 });
    const entryId = await keep({ turn });
    expect(await outcomeOf({ turn: nearly })).toBe('semantic');
    await give(entryId, { prompt: farther, correct: false });
    expect(await outcomeOf({ turn: nearly })).toBe('semantic');
    await give(entryId, { prompt: nearly, correct: false });
    expect(await outcomeOf({ turn: 'How do I resett my ruter pasword?' })).toBe('quarantined');
  });

  it('stays forbidden when a fresh answer takes its place', async () => {
    await give(await keep({ turn }), { prompt: nearly, correct: false });
    await keep({ turn });
    expect(await outcomeOf({ turn: nearly })).toBe('quarantined');
  });

  it('is deleted when the prompt is its own, whatever its case and spaces', async () => {
    const entryId = await keep({ turn });
    await give(entryId, { prompt: ` ${turn.toLowerCase()} `, correct: false });
    for (const replica of [one, other]) {
      expect(await outcomeOf({ turn }, replica)).toBe('absent');
      expect(await outcomeOf({ turn: nearly }, replica)).toBe('absent');
    }
    expect(await client.keys(`${keyPrefix}:{exact,entry,tag}:*`)).toEqual([]);
  });

  it('is deleted when it could be found by its exact text only', async () => {
    const entryId = await keep({ turn: 'short' });
    await give(entryId, { prompt: 'anything', correct: false });
    expect(await outcomeOf({ turn: 'short' })).toBe('too-short');
  });

  it('is forbidden without an embedder too, and the entry made stricter once the similarity is known', async () => {
    const entryId = await keep({ turn });
    const vectors = one.get(SemanticSpaceService).vectors!;
    const within = vectors.within.bind(vectors);
    vectors.within = async () => 'embedder-late';
    await give(entryId, { prompt: nearly, correct: false });
    vectors.within = within;
    const [key] = await quarantines();
    expect(Object.keys(await client.hgetall(key!)).filter((field) => field.startsWith('f:'))).toEqual([]);
    expect(await outcomeOf({ turn: nearly })).toBe('quarantined');
    await until('the floor', async () => (await client.hkeys(key!)).some((field) => field.startsWith('f:')));
  });

  it('may be allowed again', async () => {
    const entryId = await keep({ turn });
    await give(entryId, { prompt: nearly, correct: false });
    await give(entryId, { prompt: nearly, correct: true });
    expect(await outcomeOf({ turn: nearly })).toBe('semantic');
  });
});

describe('what is kept of feedback', () => {
  it('is hashes in keys that expire, and never a prompt or a user', async () => {
    await setPolicy({ minDistinctUsers: 2 });
    const entryId = await keep({ turn, userId: 'ann@example.org' });
    await outcomeOf({ turn, userId: 'ann@example.org' });
    await give(entryId, { prompt: nearly, correct: false });
    const keys = [...(await quarantines()), ...(await client.keys(`${keyPrefix}:askers:*`))];
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(await client.pttl(key)).toBeGreaterThan(0);
      const dumped = (await client.type(key)) === 'hash' ? await client.hgetall(key) : await client.smembers(key);
      expect(JSON.stringify([key, dumped])).not.toMatch(/router|ann/i);
    }
  });

  it('is bounded, and the floor goes on covering what was dropped', async () => {
    const repository = one.get(FeedbackRepository);
    const exactKey = 'ab'.repeat(32);
    for (let index = 0; index <= mostPairs + 5; index += 1) {
      const nearness = { embedder: 'e', similarity: index / 100 };
      await repository.judge(scope, { exactKey, leftMs: 0 }, { prompt: `${index}`, forbid: true, nearness });
    }
    const key = catalogueKeys(keyPrefix).quarantine(scope.tenant, scope.cacheId, exactKey);
    expect(await client.hlen(key)).toBe(mostPairs + 1);
    expect(await repository.verdicts(scope, exactKey, '0', 'e')).toEqual({ isForbidden: false, floor: 0.69 });
    expect(await repository.verdicts(scope, exactKey, '69', 'other')).toEqual({ isForbidden: true });
  });

  it.each([
    ['an entry that never was', async () => '0'.repeat(32)],
    [
      'a deleted one',
      async () => {
        const entryId = await keep({ turn });
        await one.get(ResponseCacheService).delete({ ...scope, entryId });
        return entryId;
      },
    ],
    [
      'a flushed one',
      async () => {
        const entryId = await keep({ turn });
        await one.get(ResponseCacheService).flush(scope);
        return entryId;
      },
    ],
  ])('is nothing for %s', async (_, make) => {
    const entryId = await make();
    await expect(give(entryId, { prompt: nearly, correct: false })).rejects.toMatchObject({ code: 'not_found' });
    await expect(give(entryId, { prompt: nearly, correct: true })).rejects.toMatchObject({ code: 'not_found' });
    expect(await quarantines()).toEqual([]);
  });
});

describe('a cache that serves validated entries only', () => {
  it('serves an entry once somebody has confirmed it, and its successor not yet', async () => {
    await setPolicy({ servedEntries: 'validated' });
    const entryId = await keep({ turn });
    expect(await outcomeOf({ turn })).toBe('unconfirmed');
    expect(await outcomeOf({ turn: nearly })).toBe('unconfirmed');
    await give(entryId, { prompt: turn, correct: true });
    await give(entryId, { prompt: nearly, correct: true });
    for (const replica of [one, other]) expect(await outcomeOf({ turn }, replica)).toBe('exact');
    expect(await outcomeOf({ turn: nearly })).toBe('semantic');
    await keep({ turn });
    expect(await outcomeOf({ turn })).toBe('unconfirmed');
  });

  it('keeps the life of what was confirmed', async () => {
    const entryId = await keep({ turn });
    const [exact] = await client.keys(`${keyPrefix}:exact:*`);
    await client.pexpire(exact!, 50_000);
    await give(entryId, { prompt: turn, correct: true });
    expect(await client.pttl(exact!)).toBeLessThanOrEqual(50_000);
    expect(await client.pttl(exact!)).toBeGreaterThan(0);
  });
});

describe('a cache that wants several users', () => {
  it('serves an entry to the user with whom enough have asked, also when it was stored anew in between', async () => {
    await setPolicy({ minDistinctUsers: 3 });
    const asked = async (userId?: string, text = turn) => outcomeOf({ turn: text, ...(userId && { userId }) });
    expect(await asked('ann')).toBe('absent');
    await keep({ turn, userId: 'ann' });
    expect(await asked('ann')).toBe('unconfirmed');
    expect(await asked(undefined)).toBe('unconfirmed');
    expect(await asked('bob')).toBe('unconfirmed');
    await keep({ turn, userId: 'bob' });
    expect(await asked('bob')).toBe('unconfirmed');
    expect(await asked('cid')).toBe('exact');
    expect(await asked(undefined)).toBe('exact');
    expect(await asked('dan', nearly)).toBe('semantic');
  });

  it('counts no more users than it wants', async () => {
    await setPolicy({ minDistinctUsers: 2 });
    for (let user = 0; user < 10; user += 1) await outcomeOf({ turn, userId: `user${user}` });
    const [askers] = await client.keys(`${keyPrefix}:askers:*`);
    await until('two askers', async () => (await client.scard(askers!)) === 2);
  });

  it('serves one user alone what is that user’s own', async () => {
    await setPolicy({ minDistinctUsers: 2 });
    const own = { turn: 'Where is my order right now, and when does it come?', userId: 'ann' };
    await keep(own);
    expect(await outcomeOf(own)).toBe('exact');
    expect(await outcomeOf({ ...own, userId: 'bob' })).not.toBe('exact');
  });
});
