import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { RedisConnections } from '#redis-connection';
import { catalogueKeys } from '#redis-keys';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { CatalogueRepository } from './catalogue.repository.js';

let redis: RunningRedis;
let client: Redis;
let connections: RedisConnections;
let repository: CatalogueRepository;
const keyPrefix = `t${randomBytes(6).toString('hex')}`;

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
  const urls = { cache: redis.url, state: redis.url, bus: redis.url };
  connections = new RedisConnections({ urls, keyPrefix, commandTimeoutMs: 5_000 });
  await connections.onModuleInit();
  repository = new CatalogueRepository(connections);
});

afterAll(async () => {
  await connections.onApplicationShutdown();
  client.disconnect();
  await redis.stop();
});

type Step =
  | { readonly kind: 'admit'; readonly bound: number }
  | { readonly kind: 'touch'; readonly entry: number; readonly count: number; readonly order: 'lru' | 'lfu' }
  | { readonly kind: 'remove'; readonly entry: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('admit' as const), bound: fc.integer({ min: 1, max: 6 }) }) },
  fc.record({
    kind: fc.constant('touch' as const),
    entry: fc.nat(40),
    count: fc.integer({ min: 1, max: 1_000 }),
    order: fc.constantFrom('lru' as const, 'lfu' as const),
  }),
  fc.record({ kind: fc.constant('remove' as const), entry: fc.nat(40) }),
);

const idOf = (serial: number) => serial.toString(16).padStart(32, '0');
let run = 0;

it('holds after any stores, uses and deletions, in whatever order of eviction, and never at the cost of the new entry', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      run += 1;
      const scope = { tenant: 'acme', cacheId: `c${run}` };
      const there = new Set<string>();
      let admitted = 0;
      for (const each of steps) {
        if (each.kind === 'touch') {
          await repository.touch(scope, new Map([[idOf(each.entry), each.count]]), each.order);
        } else if (each.kind === 'remove') {
          await repository.uncount(scope, [idOf(each.entry)]);
          there.delete(idOf(each.entry));
        } else {
          const entryId = idOf(admitted++);
          const evicted = await repository.admit(scope, entryId, Date.now() + 60_000, each.bound);
          there.add(entryId);
          expect(evicted.every((id) => id !== entryId && there.delete(id))).toBe(true);
          expect(there.size).toBeLessThanOrEqual(each.bound);
        }
      }
      const keys = catalogueKeys(keyPrefix);
      for (const key of [keys.uses(scope.tenant, scope.cacheId), keys.ends(scope.tenant, scope.cacheId)]) {
        expect((await client.zrange(key, '0', '-1')).sort()).toEqual([...there].sort());
        if (there.size > 0) expect(await client.pttl(key)).toBeGreaterThan(0);
      }
    }),
    { numRuns: 60 },
  );
}, 60_000);
