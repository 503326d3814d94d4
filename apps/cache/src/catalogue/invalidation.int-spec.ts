import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Redis } from 'ioredis';
import type { InvalidateRequest } from '#contracts';
import { catalogueKeys } from '#redis-keys';
import { startCacheReplica, storedEntry, untilSemantic } from '../../../../test/cache/cache-replica.js';
import { answerTo, ask, outcome } from '../../../../test/cache/questions.js';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { ResponseCacheService } from '../response/response-cache.service.js';
import { CatalogueService } from './catalogue.service.js';
import { entryLabels } from './entry-labels.js';
import { EntryRemovalService } from './entry-removal.service.js';
import { InvalidationRepository } from './invalidation.repository.js';
import { InvalidationService } from './invalidation.service.js';

let cache: RunningRedis;
let state: RunningRedis;
let client: Redis;
let one: TestingModule;
let other: TestingModule;
let keyPrefix: string;

const scope = { tenant: 'acme', cacheId: 'faq' };
const entryId = '0'.repeat(32);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const labels = entryLabels({ model: 'm1', tags: ['t', 'u'], attributes: { a: '1', b: '2' } });
/** An answer that is stored now, after a call of so many milliseconds. */
const storedNow = (latencyMs: number) => ({ entryId, createdAt: Date.now(), latencyMs, labels });
const invalidations = (replica: TestingModule) => replica.get(InvalidationService);

beforeAll(async () => {
  [cache, state] = await Promise.all([startRedis(), startRedis()]);
  client = new Redis(state.url);
});

afterAll(async () => {
  client.disconnect();
  await Promise.all([cache.stop(), state.stop()]);
});

beforeEach(async () => {
  keyPrefix = `t${randomBytes(6).toString('hex')}`;
  const urls = { cache: cache.url, state: state.url, bus: state.url };
  [one, other] = await Promise.all([startCacheReplica({ urls, keyPrefix }), startCacheReplica({ urls, keyPrefix })]);
});

afterEach(async () => {
  state.signal('SIGCONT');
  await Promise.all([one.close(), other.close()]);
});

describe('an answer that was on its way during an invalidation', () => {
  it.each<Partial<InvalidateRequest>>([
    { tag: 'u' },
    { attributes: { a: '1' } },
    { attributes: { b: '2', a: '1' } },
    { model: 'm1' },
  ])('by %j is not served, and one whose call began later is', async (selection) => {
    expect(await invalidations(one).isValid(scope, storedNow(500))).toBe(true);
    expect(await invalidations(other).isValid(scope, storedNow(500))).toBe(true);
    await one.get(CatalogueService).invalidate({ ...scope, ...selection });
    await pause(5);
    expect(await invalidations(one).isValid(scope, storedNow(500))).toBe(false);
    expect(await invalidations(one).isValid(scope, storedNow(0))).toBe(true);
    await pause(1_000);
    expect(await invalidations(other).isValid(scope, storedNow(1_500))).toBe(false);
    expect(await invalidations(other).isValid(scope, storedNow(0))).toBe(true);
  });

  it('is served when only something else was invalidated', async () => {
    const catalogue = one.get(CatalogueService);
    await catalogue.invalidate({ ...scope, tag: 'v' });
    await catalogue.invalidate({ ...scope, attributes: { a: '1', c: '3' } });
    await catalogue.invalidate({ tenant: 'other', cacheId: 'faq', tag: 't' });
    await catalogue.invalidate({ tenant: 'acme', cacheId: 'other', tag: 't' });
    await pause(1_000);
    for (const replica of [one, other])
      expect(await invalidations(replica).isValid(scope, storedNow(2_000))).toBe(true);
  });
});

describe('an invalidated answer', () => {
  it.each(['invalidated', 'deleted', 'evicted'])(
    'is from that moment on answered by no replica, once it is %s',
    async (how) => {
      const turn = 'How do I reset my router password?';
      const reworded = 'Please, how do I reset my router password?';
      await untilSemantic(one, other);
      const answer = answerTo({ turn }, { ...scope, tags: ['t'], latencyMs: 0 });
      const { entryId } = storedEntry(await one.get(ResponseCacheService).store(answer));
      const outcomeOf = async (replica: TestingModule, text: string) =>
        outcome(await replica.get(ResponseCacheService).lookUp(ask({ ...scope, turn: text })));
      await until('both know it', async () => (await outcomeOf(one, reworded)) === 'semantic');
      await until('both know it', async () => (await outcomeOf(other, reworded)) === 'semantic');
      if (how === 'invalidated') await one.get(CatalogueService).invalidate({ ...scope, tag: 't' });
      if (how === 'deleted') await one.get(ResponseCacheService).delete({ ...scope, entryId });
      if (how === 'evicted') await one.get(EntryRemovalService).remove(scope, [entryId]);
      for (const replica of [one, other]) {
        expect([await outcomeOf(replica, turn), await outcomeOf(replica, reworded)]).toEqual(['absent', 'absent']);
      }
    },
  );

  it('stays hidden when Redis has let go of the lists that named it', async () => {
    const written = storedNow(0);
    await pause(5);
    expect(await one.get(CatalogueService).invalidate({ ...scope, tag: 't' })).toBe(0);
    expect(await invalidations(one).isValid(scope, written)).toBe(false);
  });

  it('stays hidden when only its answer is left, and it was deleted by its id', async () => {
    const written = storedNow(0);
    await pause(5);
    expect(await one.get(CatalogueService).remove({ ...scope, entryId })).toBe(false);
    expect(await invalidations(one).isValid(scope, written)).toBe(false);
    expect(await invalidations(one).isValid(scope, { ...written, entryId: '1'.repeat(32) })).toBe(true);
  });

  it('stays hidden where a failover has lost the mark, as long as one replica remembers', async () => {
    const written = storedNow(0);
    await pause(5);
    await one.get(CatalogueService).invalidate({ ...scope, tag: 't' });
    await client.del(catalogueKeys(keyPrefix).invalidated(scope.tenant, scope.cacheId));
    await pause(1_100);
    expect(await invalidations(one).isValid(scope, written)).toBe(false);
  });

  it('is not served on a guess: without the state Redis nothing is valid after a second', async () => {
    expect(await invalidations(one).isValid(scope, storedNow(0))).toBe(true);
    state.signal('SIGSTOP');
    expect(await invalidations(one).isValid(scope, storedNow(0))).toBe(true);
    await pause(1_100);
    await expect(invalidations(one).isValid(scope, storedNow(0))).rejects.toMatchObject({ code: 'unavailable' });
    state.signal('SIGCONT');
    await until('it heals', async () => {
      try {
        return await invalidations(one).isValid(scope, storedNow(0));
      } catch {
        return false;
      }
    });
  });
});

describe('marks', () => {
  it('are bounded: beyond the bound all that is older counts as invalidated, and single entries do not', async () => {
    const repository = one.get(InvalidationRepository);
    const before = Date.now();
    for (const mark of ['entry:a', 'b', 'c', 'entry:d', 'e', 'f']) {
      await pause(2);
      await repository.mark(scope, mark, 3);
    }
    const key = catalogueKeys(keyPrefix).invalidated(scope.tenant, scope.cacheId);
    const kept = await repository.since(scope, 0);
    expect(kept.map(([mark]) => mark)).toEqual(['floor', 'e', 'f']);
    expect(kept[0]![1]).toBeGreaterThan(before);
    expect(kept[0]![1]).toBeLessThan(kept[1]![1]);
    expect(await client.pttl(key)).toBeGreaterThan(0);
  });

  it('never go back in time, even if the clock of Redis does', async () => {
    const repository = one.get(InvalidationRepository);
    const ahead = Date.now() + 60_000;
    await client.zadd(catalogueKeys(keyPrefix).invalidated(scope.tenant, scope.cacheId), ahead, 'x');
    await repository.mark(scope, 'y');
    expect(await repository.since(scope, ahead)).toEqual([
      ['x', ahead],
      ['y', ahead],
    ]);
  });

  it('are read in pages', async () => {
    const key = catalogueKeys(keyPrefix).invalidated(scope.tenant, scope.cacheId);
    await client.zadd(key, ...Array.from({ length: 4_500 }, (_, index) => [index, `m${index}`]).flat());
    expect(await one.get(InvalidationRepository).since(scope, 100)).toHaveLength(4_400);
  });
});
