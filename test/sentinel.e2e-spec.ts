import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { repeatsAreAnsweredFromTheCache } from './behaviours/exact-cache.js';
import { keysGuardAndTenantsAreApart } from './behaviours/keys-and-tenants.js';
import { identicalMissesShareOneCall } from './behaviours/single-flight.js';
import { failures, Load } from './larder/load.js';
import { chatBody, eventually, patienceMs, useSuite } from './larder/suite.js';
import { startSentinel, type RunningSentinel } from './redis/index.js';

/** A real master, replica and three sentinels; the master dies under load and nothing is restarted by hand. */
describe('Sentinel failover under load, split', () => {
  let sentinel: RunningSentinel;
  const current = useSuite({
    topology: 'split',
    gateways: 2,
    caches: 2,
    redis: async () => (sentinel = await startSentinel()),
  });
  let load: Load;
  beforeAll(async () => {
    load = new Load(current().larder, { concurrency: 6, pauseMs: 20, timeoutMs: 30_000 });
  }, patienceMs);
  afterAll(() => load.stop());

  it('answers every request while the master is killed and the replica takes over', async () => {
    const { larder } = current();
    await eventually(() => expect(load.results.some((result) => result.cache === 'hit-exact')).toBe(true));
    sentinel.master.signal('SIGKILL');
    const killedAt = Date.now();
    await eventually(() => expect(load.since(killedAt).some((result) => result.degraded !== undefined)).toBe(true));
    await eventually(async () => {
      const body = chatBody();
      await larder.chat(body);
      const again = await larder.chat(body);
      expect([again.headers['x-larder-cache'], again.headers['x-larder-degraded']]).toEqual(['hit-exact', undefined]);
    }, 60_000);
    const healedAt = Date.now();
    await eventually(() => expect(load.since(healedAt).length).toBeGreaterThan(100));
    expect(failures(await load.stop())).toEqual([]);
    expect(larder.processes.filter((each) => each.exited)).toEqual([]);
  });

  describe('after the failover', () => {
    repeatsAreAnsweredFromTheCache(current);
    keysGuardAndTenantsAreApart(current);
    identicalMissesShareOneCall(current);
  });
});
