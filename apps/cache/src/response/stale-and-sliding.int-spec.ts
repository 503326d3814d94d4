import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Redis } from 'ioredis';
import type { CachePolicyMembers } from '#contracts';
import { startCacheReplica, storedEntry, untilSemantic } from '../../../../test/cache/cache-replica.js';
import { answerTo, ask, outcome, scope } from '../../../../test/cache/questions.js';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { FlightService } from '../flight/flight.service.js';
import { PolicyService } from '../policy/policy.service.js';
import { ResponseCacheService } from './response-cache.service.js';

let redis: RunningRedis;
let client: Redis;
let keyPrefix: string;
let replicas: TestingModule[];
let responses: ResponseCacheService;

const turn = 'How do I prune an old apple tree?';
const nearly = 'How do I prune an old aple tree?';
const token = (serial: number) => serial.toString(16).padStart(32, '0');
const keys = (kind: string) => client.keys(`${keyPrefix}:${kind}:*`);

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
});

afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

beforeEach(async () => {
  const urls = { cache: redis.url, state: redis.url, bus: redis.url };
  keyPrefix = `t${randomBytes(6).toString('hex')}`;
  replicas = await Promise.all([startCacheReplica({ urls, keyPrefix }), startCacheReplica({ urls, keyPrefix })]);
  responses = replicas[0]!.get(ResponseCacheService);
  await untilSemantic(...replicas);
});

afterEach(() => Promise.all(replicas.map((replica) => replica.close())));

/** Both replicas hold the policy. */
const setPolicy = async (policy: CachePolicyMembers) => {
  for (const replica of replicas) await replica.get(PolicyService).write(scope, { ttlJitter: 0, ...policy });
};

async function keepExpired(): Promise<string> {
  const { entryId } = storedEntry(await responses.store(answerTo({ turn }, { ttlSeconds: 1 })));
  await untilSemantic(...replicas);
  await sleep(1_050);
  return entryId;
}

describe('an expired answer', () => {
  it('is served at once while one of all who ask fetches a fresh one', async () => {
    await setPolicy({ staleWhileRevalidateSeconds: 60 });
    const entryId = await keepExpired();
    const asking = Array.from({ length: 10 }, (_, index) =>
      replicas[index % 2]!.get(ResponseCacheService).lookUp(ask({ turn, flightToken: token(index + 1) })),
    );
    const replies = await Promise.all(asking);
    for (const reply of replies) {
      expect(reply).toMatchObject({ hit: true, via: 'exact', entryId });
      expect(reply.hit && reply.ttlSeconds).toBeLessThan(0);
    }
    const refreshing = replies.flatMap((reply) => (reply.hit && reply.revalidate ? [reply.revalidate] : []));
    expect(refreshing).toHaveLength(1);
  });

  it('makes room for the fresh one, which all get from then on', async () => {
    await setPolicy({ staleWhileRevalidateSeconds: 60 });
    await keepExpired();
    const flightToken = token(1);
    const stale = await responses.lookUp(ask({ turn, flightToken }));
    const revalidate = stale.hit ? stale.revalidate : undefined;
    expect(revalidate).toBeDefined();
    const { entryId } = storedEntry(await responses.store({ ...answerTo({ turn }), ...revalidate }));
    await replicas[0]!.get(FlightService).finish({ ...scope, ...revalidate!, flightToken });
    const fresh = await replicas[1]!.get(ResponseCacheService).lookUp(ask({ turn, flightToken: token(2) }));
    expect(fresh).toMatchObject({ hit: true, entryId });
    expect(fresh).not.toHaveProperty('revalidate');
  });

  it('answers a question that asks the same, too, and each such question is refreshed for itself', async () => {
    await setPolicy({ staleWhileRevalidateSeconds: 60 });
    const entryId = await keepExpired();
    const reply = await responses.lookUp(ask({ turn: nearly, flightToken: token(3) }));
    expect(reply).toMatchObject({ hit: true, via: 'semantic', entryId });
    expect(reply.hit && reply.revalidate?.exactKey).toBe(ask({ turn: nearly }).exactKey);
  });

  it('is a miss where the policy has no such window, and when it is over', async () => {
    await setPolicy({});
    await keepExpired();
    expect(outcome(await responses.lookUp(ask({ turn })))).toBe('absent');
    await setPolicy({ staleWhileRevalidateSeconds: 1 });
    await keepExpired();
    expect(outcome(await responses.lookUp(ask({ turn })))).toBe('exact');
    await sleep(1_000);
    expect(outcome(await responses.lookUp(ask({ turn })))).toBe('absent');
    expect(await keys('exact')).toEqual([]);
  });

  it('is served for longer when upstream has failed, and then nobody refreshes it', async () => {
    await setPolicy({ staleIfErrorSeconds: 60 });
    const entryId = await keepExpired();
    const flightToken = token(4);
    expect(await responses.lookUp(ask({ turn, flightToken }))).toMatchObject({ hit: false, flight: 'leader' });
    const reply = await responses.lookUp(ask({ turn, flightToken, upstreamFailed: true }));
    expect(reply).toMatchObject({ hit: true, entryId });
    expect(reply).not.toHaveProperty('revalidate');
    expect(outcome(await responses.lookUp(ask({ turn: nearly, upstreamFailed: true })))).toBe('semantic');
    const unknown = await responses.lookUp(ask({ turn: 'Is there life on Mars?', flightToken, upstreamFailed: true }));
    expect(unknown).toMatchObject({ hit: false, flight: 'none' });
  });
});

describe('a sliding time to live', () => {
  it('is renewed by each hit, in both keys, up to the cap', async () => {
    await setPolicy({ slidingTtl: true, maxAgeSeconds: 3 });
    storedEntry(await responses.store(answerTo({ turn }, { ttlSeconds: 2 })));
    await untilSemantic(...replicas);
    await sleep(1_200);
    expect(await responses.lookUp(ask({ turn }))).toMatchObject({ hit: true, ttlSeconds: 2 });
    await sleep(50);
    for (const key of [...(await keys('exact')), ...(await keys('entry'))])
      expect(await client.pttl(key)).toBeGreaterThan(1_500);
    await sleep(1_000);
    expect(await responses.lookUp(ask({ turn }))).toMatchObject({ hit: true, ttlSeconds: 1 });
    await sleep(1_000);
    expect(outcome(await responses.lookUp(ask({ turn })))).toBe('absent');
  });

  it('ends without hits, and is none unless the policy says so', async () => {
    await setPolicy({ slidingTtl: true });
    await keepExpired();
    expect(outcome(await responses.lookUp(ask({ turn })))).toBe('absent');
    await setPolicy({});
    storedEntry(await responses.store(answerTo({ turn }, { ttlSeconds: 1 })));
    await sleep(600);
    expect(outcome(await responses.lookUp(ask({ turn })))).toBe('exact');
    await sleep(500);
    expect(outcome(await responses.lookUp(ask({ turn })))).toBe('absent');
  });

  it('has its stale time behind it', async () => {
    await setPolicy({ slidingTtl: true, staleWhileRevalidateSeconds: 60 });
    await keepExpired();
    const reply = await responses.lookUp(ask({ turn }));
    expect(reply.hit && reply.ttlSeconds).toBeLessThan(0);
  });
});
