import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { startCacheReplica, storedEntry, untilSemantic } from '../../../../test/cache/cache-replica.js';
import { answerTo, ask, outcome, scope, sha256, type Asking } from '../../../../test/cache/questions.js';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { PolicyService } from '../policy/policy.service.js';
import { ResponseCacheService } from '../response/response-cache.service.js';
import { StatisticsService } from '../statistics/statistics.service.js';
import { dayOf } from '../statistics/days.js';

let redis: RunningRedis;
let replica: TestingModule;
let responses: ResponseCacheService;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis.stop());

beforeEach(async () => {
  const urls = { cache: redis.url, state: redis.url, bus: redis.url };
  replica = await startCacheReplica({ urls, keyPrefix: `t${randomBytes(6).toString('hex')}` });
  responses = replica.get(ResponseCacheService);
  await untilSemantic(replica);
});

afterEach(() => replica.close());

async function keep(asking: Asking): Promise<string> {
  const { entryId } = storedEntry(await responses.store(answerTo(asking)));
  await untilSemantic(replica);
  return entryId;
}

const outcomeOf = async (asking: Asking) => outcome(await responses.lookUp(ask(asking)));
const setPolicy = (policy: Parameters<PolicyService['write']>[1]) => replica.get(PolicyService).write(scope, policy);

const turn = 'How do I reset my router password?';
const nearly = 'How do I resett my router pasword?';

describe('a look-up by meaning', () => {
  it('answers a question that asks the same in nearly the same words', async () => {
    const entryId = await keep({ turn });
    const reply = await responses.lookUp(ask({ turn: nearly }));
    expect(reply).toMatchObject({
      hit: true,
      via: 'semantic',
      entryId,
      class: expect.any(String),
      savedMicroUsd: 1_500,
    });
    expect(reply.hit && reply.similarity).toBeGreaterThan(0.8);
    expect(reply.hit && reply.similarity).toBeLessThan(1);
    expect(reply.hit && JSON.parse(reply.answer)).toMatchObject({ to: turn });
    expect(await outcomeOf({ turn: 'hello there! How do I reset my router password, please?' })).toBe('semantic');
    expect(await outcomeOf({ turn })).toBe('exact');
  });

  it('misses a question that asks something else', async () => {
    await keep({ turn });
    expect(await outcomeOf({ turn: 'Which planet has the largest moon of all?' })).toBe('absent');
  });

  it.each([
    ['Give me 5 ideas for a birthday party', 'Give me 6 ideas for a birthday party', 'guard-number'],
    ['Which foods are safe for young dogs?', 'Which foods are not safe for young dogs?', 'guard-negation'],
    ['What is the population of France?', 'What is the population of Spain?', 'guard-entity'],
  ])('is told by which guard %j does not answer %j', async (stored, asked, reason) => {
    await setPolicy({ similarityThreshold: 0.3 });
    await keep({ turn: stored });
    expect(await outcomeOf({ turn: asked })).toBe(reason);
  });

  it('uses the guards that the cache has left on', async () => {
    await setPolicy({ similarityThreshold: 0.3, guards: { number: false } });
    await keep({ turn: 'Give me 5 ideas for a birthday party' });
    expect(await outcomeOf({ turn: 'Give me 6 ideas for a birthday party' })).toBe('semantic');
  });

  it('looks behind a candidate that a guard has vetoed', async () => {
    await setPolicy({ similarityThreshold: 0.5 });
    await keep({ turn: 'Give me 5 ideas for a birthday party' });
    const entryId = await keep({ turn: 'Give me 6 ideas for a birtday partty' });
    const reply = await responses.lookUp(ask({ turn: 'Give me 6 ideas for a birthday party' }));
    expect(reply).toMatchObject({ hit: true, entryId });
  });

  it.each([
    ['tenant', { tenant: 'other' }],
    ['cache', { cacheId: 'other' }],
    ['frame', { frame: sha256('another conversation') }],
  ])('never crosses the boundary of the %s', async (_, others) => {
    await keep({ turn });
    expect(await outcomeOf({ turn: nearly, ...others })).toBe('absent');
  });

  it('keeps each user to answers of their own, where the class asks for it', async () => {
    const mine = { turn: 'Where is my order of garden furniture?', userId: 'ann' };
    await keep(mine);
    expect(await outcomeOf(mine)).toBe('exact');
    const almost = 'Where is my order of garden furnitture?';
    expect(await outcomeOf({ turn: almost, userId: 'ann' })).toBe('semantic');
    expect(await outcomeOf({ ...mine, userId: 'bob' })).toBe('absent');
    expect(await outcomeOf({ turn: almost, userId: 'bob' })).toBe('absent');
    expect(await outcomeOf({ turn: mine.turn })).toBe('user-unknown');
    expect(await responses.store(answerTo({ turn: mine.turn }))).toEqual({ stored: false, class: 'user-specific' });
  });

  it('accepts a stricter threshold of the caller, never a looser one', async () => {
    await setPolicy({ similarityThreshold: 0.5 });
    await keep({ turn });
    expect(await outcomeOf({ turn: nearly, threshold: 0 })).toBe('semantic');
    expect(await outcomeOf({ turn: nearly, threshold: 0.999 })).toBe('absent');
    await setPolicy({ similarityThreshold: 0.999 });
    expect(await outcomeOf({ turn: nearly, threshold: 0 })).toBe('absent');
  });

  it('obeys the stricter of the modes of caller and policy', async () => {
    await keep({ turn });
    expect(await outcomeOf({ turn: nearly, mode: 'exact' })).toBe('absent');
    await setPolicy({ mode: 'exact' });
    expect(await outcomeOf({ turn: nearly, mode: 'semantic' })).toBe('absent');
    expect(await outcomeOf({ turn })).toBe('exact');
  });

  it('leaves requests with tools and turns without a frame to their exact text', async () => {
    await keep({ turn, hasTools: true });
    expect(await outcomeOf({ turn: nearly, hasTools: true })).toBe('absent');
    await setPolicy({ semanticWithTools: true });
    await keep({ turn, hasTools: true });
    expect(await outcomeOf({ turn: nearly, hasTools: true })).toBe('semantic');
    const frameless = { ...ask({ turn: nearly, hasTools: true }), frame: undefined };
    expect(outcome(await responses.lookUp(frameless))).toBe('absent');
  });

  it('says what is too short or too long to be compared', async () => {
    expect(await outcomeOf({ turn: 'Hi' })).toBe('too-short');
    expect(await outcomeOf({ turn: 'word '.repeat(300) })).toBe('too-long');
    await setPolicy({ minPromptLength: 100 });
    expect(await outcomeOf({ turn })).toBe('too-short');
  });

  it('does not answer what changes by the minute, nor what asks for now with what is old', async () => {
    await setPolicy({ similarityThreshold: 0.3, guards: { wording: false } });
    await keep({ turn: 'What is the exchange of bitcoin in Germany' });
    expect(await outcomeOf({ turn: 'What is the bitcoin price right now in Germany' })).toBe('absent');
  });

  it('is counted by kind, and misses by reason', async () => {
    await keep({ turn });
    await outcomeOf({ turn: nearly });
    await outcomeOf({ turn: 'Hi' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const today = dayOf(Date.now());
    const counts = await replica.get(StatisticsService).read({ ...scope, from: today, to: today });
    expect(counts).toMatchObject({ hitsSemantic: 1, misses: { 'too-short': 1 }, stores: 1, tokensSaved: 500 });
  });
});

describe('shadow mode', () => {
  it('tells what would have been served, serves nothing, and goes on storing', async () => {
    const entryId = await keep({ turn });
    await setPolicy({ mode: 'shadow' });
    const flightToken = '01'.repeat(16);
    const exact = await responses.lookUp(ask({ turn, flightToken }));
    expect(exact).toMatchObject({ hit: false, reason: 'shadow', flight: 'none', shadow: { entryId, similarity: 1 } });
    const near = await responses.lookUp(ask({ turn: nearly, mode: 'semantic' }));
    expect(near).toMatchObject({ hit: false, reason: 'shadow', shadow: { entryId } });
    expect(await outcomeOf({ turn, mode: 'exact' })).toBe('shadow');
    expect(await responses.store(answerTo({ turn }))).toMatchObject({ stored: true });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const today = dayOf(Date.now());
    const counts = await replica.get(StatisticsService).read({ ...scope, from: today, to: today });
    expect(counts).toMatchObject({ hitsExact: 0, hitsSemantic: 0, shadowHitsExact: 2, shadowHitsSemantic: 1 });
  });

  it('may be asked for by the caller alone', async () => {
    const entryId = await keep({ turn });
    expect(await responses.lookUp(ask({ turn, mode: 'shadow' }))).toMatchObject({ hit: false, shadow: { entryId } });
    expect(await outcomeOf({ turn })).toBe('exact');
  });
});
