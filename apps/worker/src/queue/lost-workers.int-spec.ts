import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { kindOf, startWorker, type WorkerOptions, type WorkerReplica } from '../../../../test/worker/worker-replica.js';
import type { JobKind } from '../job/job-kind.js';
import { QueueDirectory } from './queue-directory.service.js';
import { QueueRepository } from './queue.repository.js';

jest.setTimeout(60_000);
let redis: RunningRedis;
let client: Redis;
const open: WorkerReplica[] = [];
beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
});
afterAll(async () => {
  client.disconnect();
  await redis.stop();
});
afterEach(async () => void (await Promise.all(open.splice(0).map((worker) => worker.stop()))));

const newPrefix = () => `t${randomBytes(6).toString('hex')}`;

async function start(options: Omit<WorkerOptions, 'redisUrl'>) {
  const worker = await startWorker({ redisUrl: redis.url, ...options });
  open.push(worker);
  return worker;
}

const order = (kind: string, data: unknown = null) => ({ kind, payload: { data } });
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Takes jobs as a worker that is never heard of again; returns what it would end them with. */
async function takeAndDie({ app }: WorkerReplica, most: number): Promise<{ id: string; token: string }[]> {
  const repository = app.get(QueueRepository);
  const [shard] = app.get(QueueDirectory).shards;
  for (const name of ['high', 'normal', 'low'] as const) {
    const stream = repository.keysOf(shard!)[name];
    await client.xgroup('CREATE', stream, 'workers', '0', 'MKSTREAM').catch(() => undefined);
  }
  const call = randomBytes(14).toString('hex');
  const reply = (await repository.run('take-jobs', shard!, ['dead', call, most, 1])) as string[];
  return range(reply.length / 5).map((index) => ({ id: reply[5 * index]!, token: reply[5 * index + 1]! }));
}

async function finish({ app }: WorkerReplica, { id, token }: { id: string; token: string }): Promise<unknown> {
  const [shard] = app.get(QueueDirectory).shards;
  const head = `${id}${token}e9999999999999`;
  const takesNone = ['', '', 0, 1];
  const end = [head, '{"status":"succeeded","attempts":1,"history":[]}', ''];
  const [ended] = (await app.get(QueueRepository).run('finish-jobs', shard!, [...takesNone, ...end])) as [unknown];
  return ended;
}

describe('a worker that is not heard of', () => {
  const kind = kindOf('note', (data) => data);

  it('loses its jobs to others within the lease, and cannot end them any more', async () => {
    const keyPrefix = newPrefix();
    const dead = await start({ keyPrefix, kinds: [kind], leaseMs: 600, runs: false });
    const [job] = await dead.jobs.submit('acme', [order('note', 'x')]);
    const [taken] = await takeAndDie(dead, 1);
    expect(taken!.id).toBe(job!.id);
    const heir = await start({ keyPrefix, kinds: [kind], leaseMs: 600 });
    const view = await heir.untilStatus(job!.id, 'succeeded');
    expect(view).toMatchObject({ attempts: 2, result: 'x' });
    expect(view.history).toEqual([expect.objectContaining({ attempt: 1, code: 'worker_lost' })]);
    expect(await finish(dead, taken!)).toEqual([0]);
    expect(await heir.jobs.read('acme', job!.id)).toEqual(view);
  });

  it('takes a job with it only so often: then it is a dead letter', async () => {
    const worker = await start({ keyPrefix: newPrefix(), kinds: [kind], leaseMs: 500, runs: false });
    const [job] = await worker.jobs.submit('acme', [order('note')]);
    const tend = () => {
      const [shard] = worker.app.get(QueueDirectory).shards;
      return worker.app.get(QueueRepository).run('tend-queue', shard!, [3, 60_000, 100, 100]);
    };
    for (const attempt of [1, 2, 3]) {
      expect(await takeAndDie(worker, 5)).toHaveLength(1);
      await until('the lease to end', async () => {
        await tend();
        return (await worker.jobs.read('acme', job!.id))?.history.length === attempt;
      });
    }
    expect(await worker.jobs.read('acme', job!.id)).toMatchObject({ status: 'dead' });
    expect(await takeAndDie(worker, 5)).toHaveLength(0);
  });

  it('that was only given an entry and did not own it yet holds nothing for long', async () => {
    const keyPrefix = newPrefix();
    const dead = await start({ keyPrefix, kinds: [kind], leaseMs: 500, runs: false });
    await takeAndDie(dead, 1);
    const [job] = await dead.jobs.submit('acme', [order('note')]);
    const [shard] = dead.app.get(QueueDirectory).shards;
    const { normal } = dead.app.get(QueueRepository).keysOf(shard!);
    expect(await client.xreadgroup('GROUP', 'workers', 'dead', 'STREAMS', normal, '>')).not.toBeNull();
    const heir = await start({ keyPrefix, kinds: [kind], leaseMs: 500 });
    expect(await heir.untilStatus(job!.id, 'succeeded')).toMatchObject({ attempts: 1 });
  });
});

describe('effects', () => {
  /** How often each job's effect was had, by its idempotency key. */
  function ledger(waitMs = 0): { kind: JobKind; effects: Map<string, number> } {
    const effects = new Map<string, number>();
    const kind = kindOf('effect', async (_: never, { idempotencyKey }) => {
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      effects.set(idempotencyKey, (effects.get(idempotencyKey) ?? 0) + 1);
    });
    return { kind, effects };
  }
  const once = (ids: readonly string[]) => ids.map((id) => [`job-${id}`, 1]);

  it('are had once each by two workers that share many jobs', async () => {
    const keyPrefix = newPrefix();
    const { kind, effects } = ledger();
    const [first] = await Promise.all([
      start({ keyPrefix, kinds: [kind], leaseMs: 10_000 }),
      start({ keyPrefix, kinds: [kind], leaseMs: 10_000 }),
    ]);
    const jobs = await first.jobs.submit(
      'acme',
      range(1_000).map(() => order('effect')),
    );
    await until('all of them', () => effects.size === 1_000, 30_000);
    expect([...effects].sort()).toEqual(once(jobs.map(({ id }) => id)).sort());
  });

  it('of a job three times as long as the lease are had once', async () => {
    const { kind, effects } = ledger(4_500);
    const worker = await start({ keyPrefix: newPrefix(), kinds: [kind], leaseMs: 1_500 });
    const [job] = await worker.jobs.submit('acme', [order('effect')]);
    expect(await worker.untilStatus(job!.id, 'succeeded')).toMatchObject({ attempts: 1 });
    expect([...effects]).toEqual(once([job!.id]));
  });

  it('are had once each although the consumer groups are destroyed again and again', async () => {
    const { kind, effects } = ledger(20);
    const worker = await start({ keyPrefix: newPrefix(), kinds: [kind], leaseMs: 10_000 });
    const jobs = await worker.jobs.submit(
      'acme',
      range(300).map(() => order('effect')),
    );
    const [shard] = worker.app.get(QueueDirectory).shards;
    const keys = worker.app.get(QueueRepository).keysOf(shard!);
    while (effects.size < 300) {
      for (const stream of [keys.high, keys.normal, keys.low])
        await client.xgroup('DESTROY', stream, 'workers').catch(() => 0);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    for (const { id } of jobs) await worker.untilStatus(id, 'succeeded');
    expect([...effects].sort()).toEqual(once(jobs.map(({ id }) => id)).sort());
    expect(await client.zcard(keys.leases)).toBe(0);
    expect(await client.hlen(keys.inFlight)).toBe(0);
    expect(await client.xlen(keys.normal)).toBe(0);
  });
});

describe('a worker', () => {
  it('that is shut down gives its jobs back at once, uncounted', async () => {
    const keyPrefix = newPrefix();
    let stops = true;
    const reasons: unknown[] = [];
    const kind = kindOf('long', async (_: never, { signal, ...context }) => {
      if (!stops) return 'done';
      context.progress({ done: 1 });
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      reasons.push(signal.reason);
      throw new Error('stopped');
    });
    const first = await start({ keyPrefix, kinds: [kind], leaseMs: 60_000 });
    const [job] = await first.jobs.submit('acme', [order('long')]);
    await until('the start', async () => (await first.jobs.read('acme', job!.id))?.status === 'active');
    open.splice(0);
    await first.stop();
    stops = false;
    const second = await start({ keyPrefix, kinds: [kind], leaseMs: 60_000 });
    expect(await second.untilStatus(job!.id, 'succeeded')).toMatchObject({ attempts: 1, history: [], result: 'done' });
    expect(reasons).toEqual([new Error('draining')]);
  });

  it('goes on after everything was flushed', async () => {
    const worker = await start({ keyPrefix: newPrefix(), kinds: [kindOf('note', (data) => data)] });
    const run = async () => worker.untilStatus((await worker.jobs.submit('acme', [order('note')]))[0]!.id, 'succeeded');
    await run();
    await client.flushall();
    await run();
  });

  it('goes on after Redis was away, and what ended meanwhile is kept', async () => {
    const own = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const kinds = [kindOf('held', () => held)];
    const worker = await startWorker({ redisUrl: own.url, keyPrefix: newPrefix(), kinds, leaseMs: 10_000 });
    try {
      const [job] = await worker.jobs.submit('acme', [order('held')]);
      await until('the start', async () => (await worker.jobs.read('acme', job!.id))?.status === 'active');
      own.signal('SIGSTOP');
      release();
      await new Promise((resolve) => setTimeout(resolve, 300));
      await own.restart();
      await until('Redis', () => worker.jobs.read('acme', job!.id).then(Boolean, () => false), 20_000);
      expect(await worker.untilStatus(job!.id, 'succeeded')).toMatchObject({ attempts: 1 });
    } finally {
      await worker.stop();
      await own.stop();
    }
  });
});
