import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Redis } from 'ioredis';
import { catalogueKeys, type CatalogueKeys } from '#redis-keys';
import { startCacheReplica } from '../../../../test/cache/cache-replica.js';
import { writeEntry, wideBound, type RawEntry, type WrittenEntry } from '../../../../test/cache/raw-entries.js';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { GenerationService } from '../generation/generation.service.js';
import { CatalogueService, type EntryBound } from './catalogue.service.js';

let redis: RunningRedis;
let client: Redis;
let replica: TestingModule;
let catalogue: CatalogueService;
let keyPrefix: string;
let keys: CatalogueKeys;

const scope = { tenant: 'acme', cacheId: 'faq' };
const uses = () => keys.uses(scope.tenant, scope.cacheId);
const ends = () => keys.ends(scope.tenant, scope.cacheId);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const isThere = async ({ exact, entry }: WrittenEntry) => (await client.exists(exact, entry)) > 0;

async function write(entry: RawEntry = {}, bound: EntryBound = wideBound): Promise<WrittenEntry> {
  const written = await writeEntry({ replica, client, keyPrefix }, scope, entry, bound);
  await until('it is listed', async () => (await client.zscore(ends(), written.entryId)) !== null);
  return written;
}

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
  keys = catalogueKeys(keyPrefix);
  const urls = { cache: redis.url, state: redis.url, bus: redis.url };
  replica = await startCacheReplica({ urls, keyPrefix });
  catalogue = replica.get(CatalogueService);
});

afterEach(() => replica.close());

describe('invalidation', () => {
  it.each([
    ['tag', { tag: 'handbook.pdf' }, { tags: ['a', 'handbook.pdf'] }, { tags: ['handbook'] }],
    ['model', { model: 'm2' }, { model: 'm2' }, { model: 'm1' }],
    ['writer', { writer: 'k1' }, { writer: 'k1' }, { writer: 'k2' }],
    [
      'attributes, all of them',
      { attributes: { locale: 'en', product: 'router' } },
      { attributes: { product: 'router', locale: 'en', plan: 'pro' } },
      { attributes: { locale: 'en', product: 'switch' } },
    ],
  ] as const)('by %s deletes the entries concerned, and no other', async (_, selection, concerned, other) => {
    const gone = await Promise.all([write(concerned), write(concerned)]);
    const kept = await Promise.all([write(other), write()]);
    expect(await catalogue.invalidate({ ...scope, ...selection })).toBe(2);
    for (const entry of gone) expect(await isThere(entry)).toBe(false);
    for (const entry of kept) expect(await client.exists(entry.exact, entry.entry)).toBe(2);
    expect(await catalogue.invalidate({ ...scope, ...selection })).toBe(0);
  });

  it('takes the entries out of every list', async () => {
    await write({ tags: ['t', 'u'], attributes: { a: '1' }, writer: 'k1', userId: 'ann' });
    await catalogue.invalidate({ ...scope, tag: 'u' });
    expect(await client.keys(`${keyPrefix}:tag:*`)).toEqual([]);
    expect(await client.keys(`${keyPrefix}:recent:*`)).toEqual([]);
  });

  it('goes through lists of many pages', async () => {
    const written: WrittenEntry[] = [];
    for (let batch = 0; batch < 4; batch += 1) {
      written.push(...(await Promise.all(Array.from({ length: 200 }, () => write({ tags: ['t'] })))));
    }
    expect(await catalogue.invalidate({ ...scope, tag: 't' })).toBe(800);
    expect(await client.exists(...written.flatMap(({ exact, entry }) => [exact, entry]))).toBe(0);
  });

  it('leaves the newer answer that has taken an entry’s place', async () => {
    const old = await write({ question: 'q', tags: ['t'] });
    const newer = await write({ question: 'q', tags: ['u'] });
    expect(await catalogue.invalidate({ ...scope, tag: 't' })).toBe(0);
    expect([await client.exists(old.entry), await client.exists(newer.exact)]).toEqual([0, 1]);
  });

  it('does not count what a flush has forgotten already', async () => {
    const entry = await write({ tags: ['t'] });
    await replica.get(GenerationService).advance(scope);
    expect(await catalogue.invalidate({ ...scope, tag: 't' })).toBe(0);
    expect(await isThere(entry)).toBe(false);
  });

  it('never reaches another cache or another tenant', async () => {
    const entry = await write({ tags: ['t'] });
    expect(await catalogue.invalidate({ tenant: 'other', cacheId: 'faq', tag: 't' })).toBe(0);
    expect(await catalogue.invalidate({ tenant: 'acme', cacheId: 'other', tag: 't' })).toBe(0);
    expect(await isThere(entry)).toBe(true);
  });

  it('of what applications have stored leaves answers to chats alone', async () => {
    const chat = await write({ attributes: { a: '1' } });
    const prompt = await write({ attributes: { a: '1' }, kind: 'prompt' });
    expect(await catalogue.invalidate({ ...scope, attributes: { a: '1' } }, 'prompt')).toBe(1);
    expect([await isThere(chat), await isThere(prompt)]).toEqual([true, false]);
  });
});

describe('an entry', () => {
  it('makes the one whose place it takes leave with its vector', async () => {
    const old = await write({ question: 'q', tags: ['t'] });
    const newer = await write({ question: 'q', tags: ['t'], replaces: old.entryId });
    expect(await client.exists(old.entry)).toBe(0);
    expect(await client.exists(newer.exact, newer.entry)).toBe(2);
    for (const key of await client.keys(`${keyPrefix}:{tag,recent}:*`)) expect(await client.zcard(key)).toBe(1);
  });

  it('is deleted whole, once', async () => {
    const { entryId, ...entry } = await write({ tags: ['t'] });
    expect(await catalogue.remove({ ...scope, entryId })).toBe(true);
    expect(await client.exists(entry.exact, entry.entry)).toBe(0);
    expect(await client.keys(`${keyPrefix}:tag:*`)).toEqual([]);
    expect(await catalogue.remove({ ...scope, entryId })).toBe(false);
  });

  it('leaves every list with the end of its life, whatever comes after it', async () => {
    const first = await write({ tags: ['t'], ttlMs: 1_000 });
    await until('the end of the first', async () => !(await isThere(first)));
    const second = await write({ tags: ['t'], ttlMs: 2_000 });
    const lists = await client.keys(`${keyPrefix}:tag:*`);
    expect(lists.length).toBeGreaterThan(0);
    for (const key of lists) expect(await client.zrange(key, '0', '-1')).toEqual([second.entryId]);
    const left = async () => [
      ...(await client.keys(`${keyPrefix}:tag:*`)),
      ...(await client.keys(`${keyPrefix}:recent:*`)),
    ];
    await until('the end of every list', async () => (await left()).length === 0);
  }, 30_000);
});

describe('the bound of a cache', () => {
  const lru: EntryBound = { maxEntries: 3, eviction: 'lru' };
  const lfu: EntryBound = { maxEntries: 3, eviction: 'lfu' };
  const count = () => client.zcard(uses());
  const worth = async ({ entryId }: WrittenEntry) => Number(await client.zscore(uses(), entryId));

  async function serve(entry: WrittenEntry, times: number, bound: EntryBound): Promise<void> {
    const before = await worth(entry);
    for (let time = 0; time < times; time += 1) catalogue.touch(scope, entry.entryId, bound);
    await until('the touches are sent', async () => (await worth(entry)) > before);
  }

  it('evicts the least recently used entry whole', async () => {
    const [first, second, third] = [await write({}, lru), await write({}, lru), await write({}, lru)];
    await serve(first, 1, lru);
    const fourth = await write({}, lru);
    await until('the eviction', async () => !(await isThere(second)));
    for (const kept of [first, third, fourth]) expect(await client.exists(kept.exact, kept.entry)).toBe(2);
    expect(await count()).toBe(3);
  });

  it('evicts the least frequently used entry, and lets new ones in', async () => {
    const [often, seldom, never] = [await write({}, lfu), await write({}, lfu), await write({}, lfu)];
    await serve(often, 100, lfu);
    await serve(seldom, 2, lfu);
    const fresh = await write({}, lfu);
    await until('the eviction', async () => !(await isThere(never)));
    expect(await isThere(fresh)).toBe(true);
    await serve(fresh, 5, lfu);
    await write({}, lfu);
    await until('the eviction', async () => !(await isThere(seldom)));
    expect([await isThere(often), await isThere(fresh)]).toEqual([true, true]);
  });

  it('lets a new entry outlive the least used one, even where all are popular', async () => {
    const popular = [await write({}, lfu), await write({}, lfu), await write({}, lfu)];
    for (const [index, entry] of popular.entries()) await serve(entry, 50 * (index + 1), lfu);
    const fresh = await write({}, lfu);
    await until('the eviction', async () => !(await isThere(popular[0]!)));
    expect(await worth(fresh)).toBeGreaterThan(Date.now());
  });

  it('is reached from far above when it was lowered', async () => {
    for (let index = 0; index < 130; index += 1) await write();
    await write({}, lru);
    await until('the bound', async () => (await count()) === 3);
    await until('the deletions', async () => (await client.keys(`${keyPrefix}:entry:*`)).length === 3);
  });

  it('sends touches at most once a second, however many there are', async () => {
    const entry = await write();
    await client.config('RESETSTAT');
    for (let time = 0; time < 5_000; time += 1) catalogue.touch(scope, entry.entryId, wideBound);
    await pause(1_100);
    const calls = /cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'));
    expect(Number(calls?.[1] ?? 0)).toBeLessThanOrEqual(1);
  });

  it('does not bring back what was touched after its end', async () => {
    const entry = await write();
    await catalogue.remove({ ...scope, entryId: entry.entryId });
    catalogue.touch(scope, entry.entryId, wideBound);
    await pause(1_100);
    expect(await client.keys(`${keyPrefix}:recent:*`)).toEqual([]);
  });
});

describe('without Redis', () => {
  it('records and touches never fail', async () => {
    await replica.close();
    expect(() =>
      catalogue.record(
        scope,
        { entryId: '0'.repeat(32), exactKey: '0'.repeat(64), expiresAt: 1, model: 'm' },
        wideBound,
      ),
    ).not.toThrow();
    catalogue.touch(scope, '0'.repeat(32), wideBound);
    await pause(1_100);
    await expect(catalogue.invalidate({ ...scope, tag: 't' })).rejects.toMatchObject({ code: 'unavailable' });
  });
});
