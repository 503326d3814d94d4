import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { QueueDirectory } from '../apps/worker/src/queue/queue-directory.service.js';
import { QueueRepository } from '../apps/worker/src/queue/queue.repository.js';
import { QueuesService } from '../apps/worker/src/queue/queues.service.js';
import { startRedis, startSentinel, until, type RunningRedis, type RunningSentinel } from './redis/index.js';
import { WorkerFleet } from './worker/worker-fleet.js';
import { kindOf, startWorker, type WorkerReplica } from './worker/worker-replica.js';

const tenant = 'acme';
const jobCount = 20_000;
const jobsABatch = 500;
const batchEveryMs = 400;
const killEveryMs = 2_000;
const leaseMs = 2_000;
const perProcess = 32;
/** What of the last moment before the master died its replica may not have had: jobs accepted then may be gone. */
const lossWindowMs = 1_000;
const patienceMs = 240_000;
jest.setTimeout(patienceMs);

interface Accepted {
  readonly id: string;
  readonly at: number;
}

/** Work goes on whatever dies: workers at random, the consumer groups, and the Redis that holds the queue. */
describe('20 000 jobs while everything is being killed', () => {
  const keyPrefix = `t${randomBytes(6).toString('hex')}`;
  let sentinel: RunningSentinel;
  let ledger: RunningRedis;
  let effects: Redis;
  let fleet: WorkerFleet;
  let producer: WorkerReplica;

  beforeAll(async () => {
    [sentinel, ledger] = await Promise.all([startSentinel(), startRedis()]);
    effects = new Redis(ledger.url);
    const kinds = [kindOf('ledger', () => undefined)];
    producer = await startWorker({ redisUrl: sentinel.url, keyPrefix, kinds, runs: false });
    fleet = new WorkerFleet({
      REDIS_URL: sentinel.url,
      LEDGER_URL: ledger.url,
      LARDER_KEY_PREFIX: keyPrefix,
      LARDER_JOB_LEASE_MS: String(leaseMs),
    });
    await fleet.start(3);
  });

  afterAll(async () => {
    fleet.stop();
    await producer.stop();
    effects.disconnect();
    await Promise.all([sentinel.stop(), ledger.stop()]);
  });

  /** Repeats a batch until it is accepted: its idempotency keys make that safe. */
  async function submitBatch(batch: number): Promise<Accepted[]> {
    const orders = Array.from({ length: jobsABatch }, (_, index) => ({
      kind: 'ledger',
      payload: { data: Math.floor(Math.random() * 10) },
      idempotencyKey: `${batch}-${index}`,
    }));
    for (;;) {
      const jobs = await producer.jobs.submit(tenant, orders).catch(() => undefined);
      if (jobs) return jobs.map(({ id }) => ({ id, at: Date.now() }));
      await sleep(100);
    }
  }

  async function submitAll(): Promise<Accepted[]> {
    const accepted: Accepted[] = [];
    for (let batch = 0; batch * jobsABatch < jobCount; batch += 1) {
      accepted.push(...(await submitBatch(batch)));
      await sleep(batchEveryMs);
    }
    return accepted;
  }

  async function killWorkersUntil(done: Promise<unknown>): Promise<void> {
    let over = false;
    void done.finally(() => (over = true));
    while (!over) {
      await sleep(killEveryMs);
      fleet.killOne();
    }
  }

  async function destroyGroups(): Promise<void> {
    const queues = producer.app.get(QueueRepository);
    const { high, normal, low } = queues.keysOf(producer.app.get(QueueDirectory).shardsOf('default')[0]!);
    for (const stream of [high, normal, low]) expect(await queues.client.xgroup('DESTROY', stream, 'workers')).toBe(1);
  }

  const statusOf = async (id: string) => (await producer.jobs.read(tenant, id))?.status ?? 'lost';

  async function statusesOf(jobs: readonly Accepted[]): Promise<Map<string, Accepted[]>> {
    const found = new Map<string, Accepted[]>();
    for (let from = 0; from < jobs.length; from += jobsABatch) {
      const part = jobs.slice(from, from + jobsABatch);
      const statuses = await Promise.all(part.map(({ id }) => statusOf(id)));
      part.forEach((job, index) => found.set(statuses[index]!, [...(found.get(statuses[index]!) ?? []), job]));
    }
    return found;
  }

  it('every accepted job ends once in the ledger of effects, save what the replica never had, and none is stuck', async () => {
    const submitted = submitAll();
    const killing = killWorkersUntil(submitted);
    await sleep(3 * killEveryMs);
    await destroyGroups();
    await sleep(2 * killEveryMs);
    const diedAt = Date.now();
    sentinel.signal('SIGKILL');
    const accepted = await submitted;
    await killing;
    expect(accepted).toHaveLength(jobCount);
    expect(fleet.kills).toBeGreaterThanOrEqual(5);

    const queues = producer.app.get(QueuesService);
    const left = async () => {
      const { waiting, active, delayed } = await queues.read('default', '*');
      return waiting + active + delayed!;
    };
    await until('nothing to wait or run', async () => (await left()) === 0, patienceMs / 2);

    const statuses = await statusesOf(accepted);
    const lost = statuses.get('lost') ?? [];
    expect([...statuses.keys()].filter((status) => status !== 'succeeded' && status !== 'lost')).toEqual([]);
    for (const { at } of lost) {
      expect(at).toBeGreaterThan(diedAt - lossWindowMs);
      expect(at).toBeLessThan(diedAt + lossWindowMs);
    }
    const noted = await effects.hgetall('effects');
    for (const { id } of statuses.get('succeeded')!) expect(noted[`job-${id}`]).toBeDefined();
    // At least once: a repeated effect has its cause in a kill, or in an end that the replica had not heard of.
    const repeated = Object.values(noted).filter((count) => count !== '1').length;
    expect(repeated).toBeLessThanOrEqual((fleet.kills + 6) * perProcess + jobsABatch);
  });
});
