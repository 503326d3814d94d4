import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Redis } from 'ioredis';
import type { FlightMember, LookUpRequest } from '#contracts';
import { cacheKeys } from '#redis-keys';
import { startCacheReplica } from '../../../../test/cache/cache-replica.js';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { ResponseCacheService } from '../response/response-cache.service.js';
import { flightKey } from './flight-key.js';
import { FlightService } from './flight.service.js';

let redis: RunningRedis;
let client: Redis;
let keyPrefix: string;
let replicas: TestingModule[];

const scope = { tenant: 'acme', cacheId: 'default' };
const never = () => new AbortController().signal;
const newToken = () => randomBytes(16).toString('hex');
const newKey = () => createHash('sha256').update(randomBytes(16)).digest('hex');
const soon = () => performance.now() + 1_000;
const flights = (index = 0) => replicas[index % replicas.length]!.get(FlightService);
const responses = (index = 0) => replicas[index % replicas.length]!.get(ResponseCacheService);
const newMember = (flight: Partial<FlightMember> = {}): FlightMember => ({
  ...scope,
  exactKey: 'ab'.repeat(32),
  generation: '1',
  ...flight,
  flightToken: newToken(),
});

function keysOf(member: FlightMember): { lease: string; result: string } {
  const keys = cacheKeys(keyPrefix);
  return { lease: keys.flightLease(flightKey(member)), result: keys.flightResult(flightKey(member)) };
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
  const urls = { cache: redis.url, state: redis.url, bus: redis.url };
  replicas = await Promise.all([startCacheReplica({ urls, keyPrefix }), startCacheReplica({ urls, keyPrefix })]);
  // The first of all look-ups compiles what the others run.
  for (const index of [0, 1]) await responses(index).lookUp({ ...scope, exactKey: newKey(), model: 'm1' });
});

afterEach(() => Promise.all(replicas.map((replica) => replica.close())));

describe('a flight', () => {
  it('elects exactly one leader of 64 look-ups over two replicas, whose outcome all others get', async () => {
    const exactKey = newKey();
    const asked = Array.from({ length: 64 }, async (_, index) => {
      const flightToken = newToken();
      const request: LookUpRequest = { ...scope, exactKey, model: 'm1', flightToken };
      return { index, flightToken, reply: await responses(index).lookUp(request) };
    });
    const members = (await Promise.all(asked)).map(({ index, flightToken, reply }) => {
      if (reply.hit) throw new Error('nothing is stored');
      return { index, role: reply.flight, member: { ...scope, exactKey, flightToken, generation: reply.generation } };
    });
    const leaders = members.filter(({ role }) => role === 'leader');
    const followers = members.filter(({ role }) => role === 'follower');
    expect([leaders.length, followers.length]).toEqual([1, 63]);

    const outcomes = followers.map(({ index, member }) => flights(index).follow(member, Date.now() + 5_000, never()));
    expect(await flights().finish(leaders[0]!.member, '{"body":"=é"}')).toBe(true);
    for (const reply of await Promise.all(outcomes)) {
      expect(reply).toEqual({ state: 'finished', outcome: '{"body":"=é"}' });
    }
  });

  it('hands on an empty outcome as one', async () => {
    const [leader, follower] = [newMember(), newMember()];
    await flights().join(leader, soon());
    await flights(1).join(follower, soon());
    await flights().finish(leader, '');
    expect(await flights(1).follow(follower, Date.now() + 1_000, never())).toEqual({ state: 'finished', outcome: '' });
  });

  it('is led by a follower when its leader dies, and refuses what the dead one brings late', async () => {
    const [leader, follower, third] = [newMember(), newMember(), newMember()];
    expect(await flights().join(leader, soon())).toBe('leader');
    expect(await flights(1).join(follower, soon())).toBe('follower');
    expect(await flights(1).join(third, soon())).toBe('follower');
    await client.del(keysOf(leader).lease);
    expect(await flights(1).follow(follower, Date.now() + 1_000, never())).toEqual({ state: 'leader' });
    expect(await flights().renew(leader)).toBe(false);
    expect(await flights().finish(leader, 'late')).toBe(false);
    expect(await flights().follow(third, Date.now(), never())).toEqual({ state: 'waiting' });
    expect(await flights(1).finish(follower, 'in time')).toBe(true);
    expect(await flights().follow(third, Date.now() + 1_000, never())).toEqual({
      state: 'finished',
      outcome: 'in time',
    });
  });

  it('is led by a follower when its leader gives up', async () => {
    const [leader, follower] = [newMember(), newMember()];
    await flights().join(leader, soon());
    await flights(1).join(follower, soon());
    const following = flights(1).follow(follower, Date.now() + 5_000, never());
    await flights().finish(leader);
    expect(await following).toEqual({ state: 'leader' });
  });

  it('keeps its lease by renewal, and loses it by silence', async () => {
    const leader = newMember();
    await flights().join(leader, soon());
    await client.pexpire(keysOf(leader).lease, 1_000);
    expect(await flights().renew(leader)).toBe(true);
    expect(await client.pttl(keysOf(leader).lease)).toBeGreaterThan(4_000);
    await client.pexpire(keysOf(leader).lease, 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await flights().renew(leader)).toBe(false);
  });

  it('keeps an outcome only while somebody waits for it, and for a bounded time', async () => {
    const alone = newMember();
    await flights().join(alone, soon());
    await flights().finish(alone, 'nobody asked');
    expect(await client.exists(keysOf(alone).lease, keysOf(alone).result)).toBe(0);

    const [leader, follower] = [newMember(), newMember()];
    await flights().join(leader, soon());
    await flights().join(follower, soon());
    expect(await client.pttl(keysOf(leader).result)).toBeGreaterThan(0);
    await flights().finish(leader, 'asked');
    const keptMs = await client.pttl(keysOf(leader).result);
    expect(keptMs).toBeGreaterThan(20_000);
    expect(keptMs).toBeLessThanOrEqual(30_000);
  });

  it('never gives an outcome to who came after it was over', async () => {
    const [leader, follower] = [newMember(), newMember()];
    await flights().join(leader, soon());
    await flights().join(follower, soon());
    await flights().finish(leader, 'old');
    const [next, late] = [newMember(), newMember()];
    expect(await flights().join(next, soon())).toBe('leader');
    expect(await flights().join(late, soon())).toBe('follower');
    expect(await flights().follow(late, Date.now(), never())).toEqual({ state: 'waiting' });
  });

  it('is of one tenant, cache, generation and key only', async () => {
    const others = [{ tenant: 'other' }, { cacheId: 'other' }, { generation: '2' }, { exactKey: 'cd'.repeat(32) }];
    expect(await flights().join(newMember(), soon())).toBe('leader');
    for (const other of others) expect(await flights().join(newMember(other), soon())).toBe('leader');
  });

  it('finds what was stored between the look-up and the joining, instead of calling upstream again', async () => {
    const exactKey = newKey();
    const wanted = { ...scope, exactKey, answer: '{"id":"1"}', model: 'm1', tokens: 1, costMicroUsd: 1, latencyMs: 1 };
    const joining = flights();
    const join = joining.join.bind(joining);
    joining.join = async (member, endsAt) => {
      await responses(1).store(wanted);
      return join(member, endsAt);
    };
    const reply = await responses().lookUp({ ...scope, exactKey, model: 'm1', flightToken: newToken() });
    expect(reply.hit).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await client.keys(`${keyPrefix}:flight:*`)).toEqual([]);
  });

  it('frees a lease that falls to a follower whose caller has gone', async () => {
    const follower = newMember();
    expect(await flights().follow(follower, Date.now(), AbortSignal.abort())).toEqual({ state: 'leader' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await client.exists(keysOf(follower).lease)).toBe(0);
  });

  it('outlives FLUSHALL: a follower leads', async () => {
    const [leader, follower] = [newMember(), newMember()];
    await flights().join(leader, soon());
    await flights().join(follower, soon());
    await client.flushall();
    expect(await flights().follow(follower, Date.now() + 1_000, never())).toEqual({ state: 'leader' });
    expect(await flights().finish(leader, 'late')).toBe(false);
  });
});
