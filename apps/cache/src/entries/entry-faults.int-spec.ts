import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LangCache } from '@redis-ai/langcache';
import { ResourceUnavailableErrorResponseContent as ResourceUnavailable } from '@redis-ai/langcache/models/errors';
import { Redis } from 'ioredis';
import { startCacheApp, type RunningCache } from '../../../../test/cache/cache-app.js';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';

const prompt = 'How do I reset the password of my account?';

const clientOf = ({ url }: RunningCache) => new LangCache({ serverURL: url, cacheId: 'app', apiKey: 'any' });

/** What the official client makes of a refusal. */
async function faultOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (fault: unknown) => fault,
  );
}

function expectUnavailable(fault: unknown, type: string): void {
  expect(fault).toBeInstanceOf(ResourceUnavailable);
  expect(fault).toMatchObject({ statusCode: 424, data$: { status: 424, title: 'Failed dependency', type } });
}

describe('an embedder that does not answer', () => {
  let redis: RunningRedis;
  let cache: RunningCache;

  beforeAll(async () => {
    redis = await startRedis();
    // Nobody listens on port 9.
    const embedder = { embedder: 'openai', embedderUrl: 'http://127.0.0.1:9/v1', embedderModel: 'none' } as const;
    cache = await startCacheApp(redis.url, embedder);
  });

  afterAll(async () => {
    await cache.stop();
    await redis.stop();
  });

  it('is 424 to a search by meaning, and no fault to anything else', async () => {
    const client = clientOf(cache);
    const { entryId } = await client.set({ prompt, response: 'By the form.' });
    const other = client.search({ prompt: `Please, ${prompt}` });
    expectUnavailable(await faultOf(other), '/errors/cache/index-not-found');
    expect((await client.search({ prompt })).data).toMatchObject([{ id: entryId, similarity: 1 }]);
    expect((await client.search({ prompt, searchStrategies: ['exact'] })).data).toMatchObject([{ id: entryId }]);
    expect((await client.search({ prompt, searchStrategies: ['semantic', 'exact'] })).data).toHaveLength(1);
    const neither = client.search({ prompt: `Not ${prompt}`, searchStrategies: ['semantic', 'exact'] });
    expectUnavailable(await faultOf(neither), '/errors/cache/index-not-found');
    await client.deleteById(entryId);
    await client.flush();
  });
});

describe('a Redis', () => {
  let redis: RunningRedis;
  let cache: RunningCache;

  beforeAll(async () => {
    redis = await startRedis();
    cache = await startCacheApp(redis.url);
    await cache.untilIndexed();
  });

  afterAll(async () => {
    await cache.stop();
    await redis.stop();
  });

  it('that is full is told apart', async () => {
    const client = new Redis(redis.url);
    await clientOf(cache).set({ prompt, response: 'By the form.' });
    await client.config('SET', 'maxmemory', '1');
    const fault = await faultOf(clientOf(cache).set({ prompt, response: 'By the form.' }));
    expectUnavailable(fault, '/errors/database/out-of-memory');
    await client.config('SET', 'maxmemory', '0');
    await clientOf(cache).set({ prompt, response: 'By the form.' });
    await client.quit();
  });

  it('that is gone is 424 to every method', async () => {
    const client = clientOf(cache);
    await cache.call('PUT', '/v1/caches/app', { attributes: ['locale'] });
    redis.signal('SIGSTOP');
    try {
      const calls = [
        client.search({ prompt, searchStrategies: ['exact'] }),
        client.search({ prompt }),
        client.set({ prompt, response: 'By the form.' }),
        client.deleteQuery({ attributes: { locale: 'en' } }),
        client.deleteById('0'.repeat(32)),
        client.flush(),
      ];
      for (const fault of await Promise.all(calls.map(faultOf))) {
        expectUnavailable(fault, '/errors/database/resource-database-unavailable');
      }
    } finally {
      redis.signal('SIGCONT');
    }
  }, 30_000);
});
