import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import type { LookUpRequest } from '#contracts';
import { startCacheReplica } from '../../../../test/cache/cache-replica.js';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { FlightService } from '../flight/flight.service.js';
import { ResponseCacheService } from './response-cache.service.js';

let cache: RunningRedis;
let state: RunningRedis;
let replica: TestingModule;
let responses: ResponseCacheService;

const scope = { tenant: 'acme', cacheId: 'default' };
const exactKey = 'ab'.repeat(32);
const flightToken = '01'.repeat(16);
const question: LookUpRequest = { ...scope, exactKey, model: 'm1' };
const wanted = { ...scope, exactKey, answer: '{"id":"1"}', model: 'm1', tokens: 1, costMicroUsd: 1, latencyMs: 1 };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function eventually(check: () => Promise<void>): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    try {
      return await check();
    } catch (error) {
      if (turn === 100) throw error;
      await pause(100);
    }
  }
}

beforeEach(async () => {
  [cache, state] = await Promise.all([startRedis(), startRedis()]);
  const urls = { cache: cache.url, state: state.url, bus: state.url };
  replica = await startCacheReplica({ urls, keyPrefix: 'away', commandTimeoutMs: 150 });
  responses = replica.get(ResponseCacheService);
  await responses.store(wanted);
});

afterEach(async () => {
  cache.signal('SIGCONT');
  state.signal('SIGCONT');
  await replica.close();
  await Promise.all([cache.stop(), state.stop()]);
});

describe('while the cache Redis is away', () => {
  it('says so instead of hanging, and heals by itself', async () => {
    cache.signal('SIGSTOP');
    for (let count = 0; count < 5; count += 1) {
      await expect(responses.lookUp({ ...question, flightToken })).rejects.toMatchObject({ code: 'unavailable' });
    }
    await expect(responses.store(wanted)).rejects.toMatchObject({ code: 'unavailable' });
    cache.signal('SIGCONT');
    await eventually(async () => expect((await responses.lookUp(question)).hit).toBe(true));
  });

  it('says so too when the server refuses to write', async () => {
    const url = new URL(cache.url);
    const { Redis } = await import('ioredis');
    const client = new Redis(cache.url);
    await client.replicaof(url.hostname, 1);
    await expect(responses.store(wanted)).rejects.toMatchObject({ code: 'unavailable' });
    client.disconnect();
  });
});

describe('while the state Redis is away', () => {
  it('serves hits for at most a second more: afterwards a flush might have been missed', async () => {
    expect((await responses.lookUp(question)).hit).toBe(true);
    state.signal('SIGSTOP');
    expect((await responses.lookUp(question)).hit).toBe(true);
    await pause(1_100);
    await expect(responses.lookUp(question)).rejects.toMatchObject({ code: 'unavailable' });
    state.signal('SIGCONT');
    await eventually(async () => expect((await responses.lookUp(question)).hit).toBe(true));
  });

  it('lets a miss fly alone', async () => {
    state.signal('SIGSTOP');
    const reply = await responses.lookUp({ ...question, exactKey: 'cd'.repeat(32), flightToken });
    expect(reply).toMatchObject({ hit: false, reason: 'absent', flight: 'alone' });
  });

  it('frees a lease that was granted too late for its asker', async () => {
    const generation = '1';
    const late = { ...scope, exactKey: 'ef'.repeat(32), generation, flightToken };
    const flights = replica.get(FlightService);
    expect(await flights.join(late, performance.now() - 1)).toBe('alone');
    await eventually(async () => {
      const next = { ...late, flightToken: '02'.repeat(16) };
      expect(await flights.join(next, performance.now() + 1_000)).toBe('leader');
    });
  });
});
