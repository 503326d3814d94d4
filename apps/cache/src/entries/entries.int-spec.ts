import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { storeAnswer } from '#contracts';
import { RpcClient } from '#redis-streams';
import { startCacheApp, type RunningCache } from '../../../../test/cache/cache-app.js';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';

let redis: RunningRedis;
let client: Redis;
let cache: RunningCache;

const question = 'How do I reset the password of my account?';
const sameInOtherWords = 'how do i reset the password of my acount';

/** A cache of its own, with what it is set to. */
async function newCache(policy: object = {}): Promise<string> {
  const path = `/v1/caches/app-${randomUUID()}`;
  await cache.call('PUT', path, { attributes: ['locale', 'product'], ...policy });
  return path;
}

async function store(path: string, entry: object): Promise<string> {
  const { status, body } = await cache.call('POST', `${path}/entries`, { response: 'By the form.', ...entry });
  expect(status).toBe(201);
  await cache.untilIndexed();
  return body.entryId as string;
}

async function found(path: string, search: object): Promise<readonly Record<string, unknown>[]> {
  const { status, body } = await cache.call('POST', `${path}/entries/search`, search);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body.data as Record<string, unknown>[];
}

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

describe('a search by text', () => {
  const exact = { searchStrategies: ['exact'] };

  it('ignores case, and nothing else', async () => {
    const path = await newCache();
    const id = await store(path, { prompt: question });
    const entry = { id, prompt: question, response: 'By the form.', attributes: {} };
    expect(await found(path, { ...exact, prompt: question.toUpperCase() })).toEqual([
      { ...entry, similarity: 1, searchStrategy: 'exact' },
    ]);
    expect(await found(path, { ...exact, prompt: sameInOtherWords })).toEqual([]);
  });

  it('finds an entry that carries all attributes asked for, and maybe more', async () => {
    const path = await newCache();
    const attributes = { locale: 'en', product: 'a|b{c}*"\\' };
    const id = await store(path, { prompt: question, attributes });
    await store(path, { prompt: question, attributes: { locale: 'de' } });
    for (const asked of [attributes, { locale: 'en' }, { product: attributes.product }]) {
      expect(await found(path, { ...exact, prompt: question, attributes: asked })).toMatchObject([{ id, attributes }]);
    }
    expect(await found(path, { ...exact, prompt: question })).toHaveLength(1);
    for (const asked of [{ locale: 'fr' }, { locale: 'de', product: 'x' }]) {
      expect(await found(path, { ...exact, prompt: question, attributes: asked })).toEqual([]);
    }
  });

  it('takes a newer entry for the same prompt and attributes', async () => {
    const path = await newCache();
    await store(path, { prompt: question, attributes: { locale: 'en' } });
    const id = await store(path, { prompt: question.toUpperCase(), attributes: { locale: 'en' }, response: 'Newer.' });
    expect(await found(path, { ...exact, prompt: question })).toMatchObject([{ id, response: 'Newer.' }]);
  });
});

describe('a search by meaning', () => {
  it('is the usual one, and tells how near it is', async () => {
    const path = await newCache();
    const id = await store(path, { prompt: question });
    const [entry] = await found(path, { prompt: sameInOtherWords });
    expect(entry).toMatchObject({ id, prompt: question, searchStrategy: 'semantic' });
    expect(entry!.similarity).toBeGreaterThan(0.5);
    expect(entry!.similarity).toBeLessThan(1);
    expect(await found(path, { prompt: 'Which trains go to Lisbon tonight?' })).toEqual([]);
  });

  it('tries strategies in the order asked for', async () => {
    const path = await newCache();
    await store(path, { prompt: question });
    const strategies = async (prompt: string, searchStrategies: string[]) =>
      (await found(path, { prompt, searchStrategies })).map(({ searchStrategy }) => searchStrategy);
    expect(await strategies(question, ['exact', 'semantic'])).toEqual(['exact']);
    expect(await strategies(question, ['semantic', 'exact'])).toEqual(['semantic']);
    expect(await strategies(sameInOtherWords, ['exact', 'semantic'])).toEqual(['semantic']);
  });

  it('finds only what carries all attributes asked for', async () => {
    const path = await newCache();
    const id = await store(path, { prompt: question, attributes: { locale: 'en', product: 'x-1' } });
    const search = (attributes: object) => found(path, { prompt: sameInOtherWords, attributes });
    expect(await search({ product: 'x-1' })).toMatchObject([{ id }]);
    for (const asked of [{ product: 'x-2' }, { product: 'x' }, { locale: 'x-1' }])
      expect(await search(asked)).toEqual([]);
  });

  it('finds the very same text at once, before it is indexed', async () => {
    const path = await newCache();
    const { body } = await cache.call('POST', `${path}/entries`, { prompt: 'Hi!', response: 'Hello.' });
    const same = { id: body.entryId, similarity: 1, searchStrategy: 'semantic' };
    expect(await found(path, { prompt: 'Hi!', similarityThreshold: 1 })).toMatchObject([same]);
  });

  it('obeys the guards of the cache, each of which can be switched off', async () => {
    const stored = { prompt: 'How much is a ticket for 2 adults to Rome?' };
    const asked = { prompt: 'How much is a ticket for 3 adults to Rome?' };
    const guarded = await newCache({ similarityThreshold: 0.3 });
    const open = await newCache({ guards: { number: false, wording: false }, similarityThreshold: 0.3 });
    for (const path of [guarded, open]) await store(path, stored);
    expect(await found(guarded, asked)).toEqual([]);
    expect(await found(open, asked)).toHaveLength(1);
    await until('the veto is counted', async () => {
      const { body } = await cache.call('GET', `${guarded}/stats`);
      return (body.misses as Record<string, number>)['guard-number'] === 1;
    });
  });

  it('lets a caller be stricter than the cache, and never looser', async () => {
    const path = await newCache({ similarityThreshold: 0.999 });
    await store(path, { prompt: question });
    expect(await found(path, { prompt: sameInOtherWords, similarityThreshold: 0 })).toEqual([]);
    const loose = await newCache({ similarityThreshold: 0.3 });
    await store(loose, { prompt: question });
    expect(await found(loose, { prompt: sameInOtherWords })).toHaveLength(1);
    expect(await found(loose, { prompt: sameInOtherWords, similarityThreshold: 0.999 })).toEqual([]);
  });

  it('leaves alone what is too short, and a cache that is told to compare text only', async () => {
    const path = await newCache({ minPromptLength: 100 });
    const textOnly = await newCache({ mode: 'exact' });
    for (const each of [path, textOnly]) {
      await store(each, { prompt: question });
      expect(await found(each, { prompt: sameInOtherWords })).toEqual([]);
      expect(await found(each, { prompt: question })).toMatchObject([{ similarity: 1, searchStrategy: 'semantic' }]);
    }
  });

  it('never finds an answer to a chat', async () => {
    const path = await newCache();
    const [tenant, cacheId] = ['default', path.split('/').at(-1)!];
    const use = { model: 'm1', tokens: 1, costMicroUsd: 1, latencyMs: 1, answer: '{"id":"chatcmpl-1"}' };
    const rpc = cache.app.get(RpcClient, { strict: false });
    const keys = { exactKey: 'ab'.repeat(32), frame: 'cd'.repeat(32) };
    await rpc.call(storeAnswer, { tenant, cacheId, ...keys, ...use, turn: question });
    await cache.untilIndexed();
    const searchStrategies = ['exact', 'semantic'];
    expect(await found(path, { prompt: question, searchStrategies })).toEqual([]);
  });
});

describe('an entry that is gone', () => {
  const anyStrategy = { prompt: question, searchStrategies: ['semantic', 'exact'] };

  it.each([
    ['was deleted by its id', (path: string, id: string) => cache.call('DELETE', `${path}/entries/${id}`)],
    ['was flushed', (path: string) => cache.call('POST', `${path}/flush`)],
    [
      'was deleted by its attributes',
      (path: string) => cache.call('DELETE', `${path}/entries`, { attributes: { locale: 'en' } }),
    ],
    ['Redis has let go of', () => client.keys(`${cache.keyPrefix}:exact:*`).then((keys) => client.del(keys))],
  ])('because it %s is never found', async (_, remove) => {
    const path = await newCache();
    const id = await store(path, { prompt: question, attributes: { locale: 'en' } });
    expect(await found(path, anyStrategy)).toMatchObject([{ id }]);
    await remove(path, id);
    expect(await found(path, anyStrategy)).toEqual([]);
    expect((await cache.call('GET', `${path}/entries/${id}`)).status).toBe(404);
  });

  it('because its time has come is never found', async () => {
    const path = await newCache();
    await store(path, { prompt: question, ttlMillis: 300 });
    await new Promise((resolve) => setTimeout(resolve, 320));
    expect(await found(path, anyStrategy)).toEqual([]);
  });
});

describe('a deletion by attributes', () => {
  it('counts what carried them all, and leaves the others', async () => {
    const path = await newCache();
    const both = { locale: 'en', product: 'router' };
    await store(path, { prompt: 'One question about it', attributes: both });
    await store(path, { prompt: 'Another question about it', attributes: both });
    const kept = await store(path, { prompt: 'A third question about it', attributes: { locale: 'en' } });
    const deletion = await cache.call('DELETE', `${path}/entries`, { attributes: both });
    expect(deletion).toMatchObject({ status: 200, body: { deletedEntriesCount: 2 } });
    expect(await found(path, { prompt: 'A third question about it', searchStrategies: ['exact'] })).toMatchObject([
      { id: kept },
    ]);
    expect((await cache.call('DELETE', `${path}/entries`, { attributes: both })).body).toEqual({
      deletedEntriesCount: 0,
    });
  });

  it.each([[{}], [{ attributes: {} }], [{ attributes: { undeclared: 'x' } }], [{ attributes: { locale: 'a,b' } }]])(
    'refuses %j',
    async (payload) => {
      const path = await newCache();
      const { status, body } = await cache.call('DELETE', `${path}/entries`, payload);
      expect({ status, body }).toMatchObject({ status: 400, body: { type: '/errors/invalid-data' } });
      expect(body.detail).toContain('attributes');
    },
  );
});
