import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { startCacheReplica, storedEntry, untilSemantic } from '../../../../test/cache/cache-replica.js';
import { answerTo, ask, outcome } from '../../../../test/cache/questions.js';
import { startCluster, type RunningCluster } from '../../../../test/redis/index.js';
import { FlightService } from '../flight/flight.service.js';
import { dayOf } from '../statistics/days.js';
import { StatisticsService } from '../statistics/statistics.service.js';
import { ResponseCacheService } from './response-cache.service.js';

let cluster: RunningCluster;
let replica: TestingModule;

const scope = { tenant: 'acme', cacheId: 'default' };
const newToken = () => randomBytes(16).toString('hex');

beforeAll(async () => {
  cluster = await startCluster();
  const urls = { cache: cluster.url, state: cluster.url, bus: cluster.url };
  replica = await startCacheReplica({ urls, keyPrefix: 'larder' });
}, 60_000);

afterAll(async () => {
  await replica.close();
  await cluster.stop();
});

describe('on a Redis Cluster', () => {
  it('answers, flies, deletes, flushes and counts, whatever slots the keys lie in', async () => {
    const responses = replica.get(ResponseCacheService);
    const flights = replica.get(FlightService);
    for (let round = 0; round < 20; round += 1) {
      const question = { ...scope, exactKey: randomBytes(32).toString('hex'), model: 'm1', flightToken: newToken() };
      const miss = await responses.lookUp(question);
      if (miss.hit || miss.flight !== 'leader') throw new Error('nobody else asked');
      const use = { tokens: 1, costMicroUsd: 1, latencyMs: 1 };
      const { entryId } = storedEntry(await responses.store({ ...question, ...use, answer: '{"id":"1"}' }));
      expect(await flights.finish({ ...question, generation: miss.generation }, 'done')).toBe(true);
      expect(await responses.lookUp(question)).toMatchObject({ hit: true, entryId });
      expect(await responses.delete({ ...scope, entryId })).toBe(true);
      await responses.store({ ...question, ...use, answer: '{"id":"1"}' });
      await responses.flush(scope);
      expect(await responses.lookUp({ ...question, flightToken: newToken() })).toMatchObject({ hit: false });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    const today = dayOf(Date.now());
    const read = await replica.get(StatisticsService).read({ ...scope, from: today, to: today });
    expect(read).toMatchObject({ hitsExact: 20, stores: 40, misses: { absent: 40 } });
  });

  it('answers by meaning too', async () => {
    const responses = replica.get(ResponseCacheService);
    const turns = ['How do I reset my router password?', 'Which tree gives the sweetest apples?'];
    for (const turn of turns) await responses.store(answerTo({ turn }));
    await untilSemantic(replica);
    const asked = ['How do I resett my router pasword?', 'Which tree gives the sweetest aples?'];
    const replies = await Promise.all(asked.map((turn) => responses.lookUp(ask({ turn }))));
    expect(replies.map(outcome)).toEqual(['semantic', 'semantic']);
    await responses.flush(scope);
    expect(outcome(await responses.lookUp(ask({ turn: asked[0]! })))).toBe('absent');
  });
});
