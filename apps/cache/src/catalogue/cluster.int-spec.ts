import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import type { Cluster } from 'ioredis';
import { RedisConnections } from '#redis-connection';
import { startCacheReplica, storedEntry, untilSemantic } from '../../../../test/cache/cache-replica.js';
import { answerTo, ask, outcome, scope } from '../../../../test/cache/questions.js';
import { startCluster, until, type RunningCluster } from '../../../../test/redis/index.js';
import { FeedbackService } from '../feedback/feedback.service.js';
import { PolicyService } from '../policy/policy.service.js';
import { ResponseCacheService } from '../response/response-cache.service.js';
import { CatalogueService } from './catalogue.service.js';

let cluster: RunningCluster;
let replica: TestingModule;
let client: Cluster;

const turnOf = (serial: number) => `How do I reset the password of my router number ${serial}?`;

async function keep(serial: number, tag: string): Promise<string> {
  const answer = answerTo({ turn: turnOf(serial) }, { tags: [tag], latencyMs: 0 });
  return storedEntry(await replica.get(ResponseCacheService).store(answer)).entryId;
}

async function keysOf(pattern: string): Promise<string[]> {
  const nodes = client.nodes('master');
  return (await Promise.all(nodes.map((node) => node.keys(pattern)))).flat();
}

const outcomeOf = async (turn: string) => outcome(await replica.get(ResponseCacheService).lookUp(ask({ turn })));

beforeAll(async () => {
  cluster = await startCluster();
  const urls = { cache: cluster.url, state: cluster.url, bus: cluster.url };
  replica = await startCacheReplica({ urls, keyPrefix: 'larder' });
  client = replica.get(RedisConnections).command('cache') as Cluster;
  await untilSemantic(replica);
}, 60_000);

afterAll(async () => {
  await replica.close();
  await cluster.stop();
});

describe('on a Redis Cluster, whose slots no command may cross', () => {
  it('entries in all slots are invalidated together, and leave nothing behind', async () => {
    for (let serial = 0; serial < 60; serial += 1) await keep(serial, 'handbook.pdf');
    await untilSemantic(replica);
    await until('all are listed', async () => {
      const lists = await keysOf('larder:recent:*:ends');
      return lists.length === 1 && (await client.zcard(lists[0]!)) === 60;
    });
    const invalidated = await replica.get(CatalogueService).invalidate({ ...scope, tag: 'handbook.pdf' });
    expect(invalidated).toBe(60);
    for (const kind of ['exact', 'entry', 'tag', 'recent']) expect(await keysOf(`larder:${kind}:*`)).toEqual([]);
  });

  it('what is beyond the bound is evicted', async () => {
    await replica.get(PolicyService).write(scope, { maxEntries: 10 });
    for (let serial = 0; serial < 30; serial += 1) await keep(serial, 'other.pdf');
    await until('the bound', async () => (await keysOf('larder:exact:*')).length === 10);
    await until('no vector is left over', async () => (await keysOf('larder:entry:*')).length === 10);
  });

  it('feedback forbids, deletes and confirms', async () => {
    const entryId = await keep(1, 'third.pdf');
    await untilSemantic(replica);
    const feedback = replica.get(FeedbackService);
    const reworded = `Please, ${turnOf(1)}`;
    expect(await outcomeOf(reworded)).toBe('semantic');
    await feedback.give({ ...scope, entryId }, { prompt: reworded, correct: false });
    expect(await outcomeOf(reworded)).toBe('quarantined');
    await feedback.give({ ...scope, entryId }, { prompt: reworded, correct: true });
    expect(await outcomeOf(reworded)).toBe('semantic');
    await feedback.give({ ...scope, entryId }, { prompt: turnOf(1), correct: false });
    expect(await outcomeOf(turnOf(1))).not.toBe('exact');
  });
});
