import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { kindOf, startWorker, type WorkerOptions, type WorkerReplica } from '../../../../test/worker/worker-replica.js';
import { PermanentFailure, RetryAfter } from '../job/job-kind.js';
import { QueueDirectory } from './queue-directory.service.js';
import { QueueRepository } from './queue.repository.js';
import { QueuesService } from './queues.service.js';
import { ServerAbilities } from './server-abilities.repository.js';

jest.setTimeout(60_000);
let redis: RunningRedis;
const open: WorkerReplica[] = [];
beforeAll(async () => void (redis = await startRedis()));
afterAll(() => redis.stop());
afterEach(async () => void (await Promise.all(open.splice(0).map((worker) => worker.stop()))));

async function start(options: Omit<WorkerOptions, 'redisUrl' | 'keyPrefix'>) {
  const worker = await startWorker({
    redisUrl: redis.url,
    keyPrefix: `t${randomBytes(6).toString('hex')}`,
    ...options,
  });
  open.push(worker);
  const queues = worker.app.get(QueuesService);
  const one = async (kind: string, data: unknown = null, more = {}, tenant = 'acme') =>
    (await worker.jobs.submit(tenant, [{ kind, payload: { data }, ...more }]))[0]!;
  return { ...worker, queues, one };
}

/** The keys of the default queue of a worker, and a client for them. */
function queueOf({ app }: WorkerReplica) {
  const repository = app.get(QueueRepository);
  return { client: repository.client, keysOf: repository.keysOf(app.get(QueueDirectory).shardsOf('default')[0]!) };
}

/** A promise that the test settles. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('a job', () => {
  it('runs and its result is kept', async () => {
    const worker = await start({ kinds: [kindOf('add', ({ a, b }: { a: number; b: number }) => a + b)] });
    const job = await worker.one('add', { a: 2, b: 3 });
    expect(job).toMatchObject({ status: 'waiting', repeated: false });
    const view = await worker.untilStatus(job.id, 'succeeded');
    expect(view).toMatchObject({ result: 5, attempts: 1, error: null, kind: 'add', queue: 'default', history: [] });
    expect(await worker.jobs.read('other', job.id)).toBeNull();
  });

  it('leaves nothing in the streams, with the newer command of a server or, where that went with a failover, without', async () => {
    const worker = await start({ kinds: [kindOf('echo', (data: unknown) => data)] });
    Object.defineProperty(worker.app.get(ServerAbilities), 'xackdel', { value: true });
    const ids = (await Promise.all(range(20).map((n) => worker.one('echo', n)))).map(({ id }) => id);
    for (const id of ids) await worker.untilStatus(id, 'succeeded');
    const { client, keysOf } = queueOf(worker);
    expect([await client.xlen(keysOf.normal), (await client.xpending(keysOf.normal, 'workers'))[0]]).toEqual([0, 0]);
  });

  it('is forgotten when its result has been kept for long enough', async () => {
    const worker = await start({ kinds: [kindOf('brief', () => 1, { resultTtlSeconds: 0.2 })] });
    const { id } = await worker.one('brief');
    await until('it to be forgotten', async () => (await worker.jobs.read('acme', id)) === null);
  });

  it('is repeated after a failed attempt, and a dead letter after the last', async () => {
    const fails = kindOf('fails', () => Promise.reject(new Error('secret details')), {
      retry: { attempts: 3, firstMs: 1 },
    });
    const worker = await start({ kinds: [fails] });
    const { id } = await worker.one('fails');
    const view = await worker.untilStatus(id, 'dead');
    expect(view).toMatchObject({ attempts: 3, error: { code: 'handler_failed', message: 'The handler failed' } });
    expect(view.history.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect((await worker.queues.deadLetters('default', 'acme', { limit: 10 })).data).toEqual([view]);
    expect((await worker.queues.deadLetters('default', 'acm', { limit: 10 })).data).toEqual([]);
  });

  it('may be large: many such jobs hold nobody up, and their dead letters can be looked at', async () => {
    const large = 'x'.repeat(2_000_000);
    const fails = kindOf('fails', () => Promise.reject(new Error('no')), { retry: { attempts: 1 } });
    const worker = await start({ kinds: [kindOf('size', (data: string) => data.length), fails] });
    await worker.queues.pause('default', '*', true);
    const ids: string[] = [];
    for (const _ of range(12)) ids.push((await worker.one('size', large)).id);
    const dead = [await worker.one('fails', large), await worker.one('fails', large), await worker.one('fails')];
    await worker.queues.pause('default', '*', false);
    for (const id of ids)
      expect(await worker.untilStatus(id, 'succeeded')).toMatchObject({ attempts: 1, result: 2_000_000 });
    for (const { id } of dead) await worker.untilStatus(id, 'dead');
    const page = await worker.queues.deadLetters('default', 'acme', { limit: 10 });
    expect(page.data.map(({ id }) => id)).toEqual(dead.map(({ id }) => id).sort());
    expect(await worker.queues.purge('default', 'acme')).toBe(3);
  });

  it('gets another life by a replay, and none after a purge', async () => {
    let works = false;
    const kind = kindOf('flaky', () => (works ? 'done' : Promise.reject(new Error('no'))), { retry: { attempts: 1 } });
    const worker = await start({ kinds: [kind] });
    const [a, b] = [await worker.one('flaky'), await worker.one('flaky')];
    await worker.untilStatus(a.id, 'dead');
    await worker.untilStatus(b.id, 'dead');
    works = true;
    expect(await worker.queues.replay('default', 'acme', a.id)).toBe(1);
    expect(await worker.untilStatus(a.id, 'succeeded')).toMatchObject({ attempts: 1, result: 'done' });
    expect(await worker.queues.purge('default', 'acme')).toBe(1);
    expect(await worker.jobs.read('acme', b.id)).toBeNull();
    await expect(worker.queues.replay('default', 'acme', b.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('ends at once when its kind refuses it for good', async () => {
    const refuses = kindOf('refuses', () => Promise.reject(new PermanentFailure('No such model', 'model_not_found')));
    const worker = await start({ kinds: [refuses] });
    const { id } = await worker.one('refuses');
    const error = { code: 'model_not_found', message: 'No such model' };
    expect(await worker.untilStatus(id, 'failed')).toMatchObject({ attempts: 1, error });
  });

  it('that is told to wait runs later, and the attempt does not count', async () => {
    const attempts: number[] = [];
    const limited = kindOf('limited', (_: never, { attempt }) => {
      attempts.push(attempt);
      if (attempts.length < 6) throw new RetryAfter(5);
    });
    const worker = await start({ kinds: [limited] });
    const { id } = await worker.one('limited');
    expect(await worker.untilStatus(id, 'succeeded')).toMatchObject({ attempts: 1, history: [] });
    expect(attempts).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('tells its progress, also to its next attempt', async () => {
    const seen: unknown[] = [];
    const hold = gate();
    const steps = kindOf('steps', async (_: never, context) => {
      seen.push(context.lastProgress);
      context.progress({ done: seen.length, total: 2 });
      if (seen.length === 1) throw new Error('again');
      await hold.opened;
    });
    const worker = await start({ kinds: [steps] });
    const { id } = await worker.one('steps');
    const progress = async () => (await worker.jobs.read('acme', id))?.progress;
    await until('the second report', async () => JSON.stringify(await progress()) === '{"done":2,"total":2}');
    hold.open();
    expect(await worker.untilStatus(id, 'succeeded')).toMatchObject({ progress: { done: 2, total: 2 } });
    expect(seen).toEqual([undefined, { done: 1, total: 2 }]);
  });

  it('for later waits until its time', async () => {
    const worker = await start({ kinds: [kindOf('later', () => Date.now())] });
    const before = Date.now();
    const job = await worker.one('later', null, { delayMs: 300 });
    expect(job.status).toBe('delayed');
    const { result } = await worker.untilStatus(job.id, 'succeeded');
    expect(Number(result) - before).toBeGreaterThanOrEqual(299);
  });
});

describe('a job is cancelled', () => {
  it('while it is late or waits, and never runs', async () => {
    const ran: number[] = [];
    const worker = await start({ kinds: [kindOf('note', (data: number) => ran.push(data))] });
    await worker.queues.pause('default', '*', true);
    const [late, waiting] = [await worker.one('note', 1, { delayMs: 1 }), await worker.one('note', 2)];
    const later = await worker.one('note', 3, { delayMs: 60_000 });
    for (const { id } of [late, waiting, later]) {
      expect(await worker.jobs.cancel('acme', id)).toMatchObject({ cancelled: true, job: { status: 'cancelled' } });
      expect(await worker.jobs.cancel('acme', id)).toMatchObject({ cancelled: false });
    }
    expect(await worker.jobs.cancel('other', late.id)).toEqual({ cancelled: false, job: null });
    await worker.queues.pause('default', '*', false);
    await worker.untilStatus((await worker.one('note', 4)).id, 'succeeded');
    expect(ran).toEqual([4]);
  });

  it('while it is being run: the handler hears of it', async () => {
    const started = gate();
    const aborted = gate();
    const endless = kindOf('endless', async (_: never, { signal }) => {
      signal.addEventListener('abort', () => aborted.open());
      started.open();
      await new Promise(() => undefined);
    });
    const worker = await start({ kinds: [endless] });
    const { id } = await worker.one('endless');
    await started.opened;
    expect(await worker.jobs.cancel('acme', id)).toMatchObject({ cancelled: true, job: { status: 'cancelled' } });
    await aborted.opened;
    expect(await worker.jobs.read('acme', id)).toMatchObject({ status: 'cancelled', attempts: 1 });
    expect(await worker.queues.read('default', 'acme')).toMatchObject({ active: 0, waiting: 0 });
  });
});

describe('deadlines', () => {
  it('of waiting end a job that nobody has begun, even in a paused queue', async () => {
    const worker = await start({ kinds: [kindOf('any', () => 1)] });
    await worker.queues.pause('default', '*', true);
    const { id } = await worker.one('any', null, { waitDeadlineMs: 50 });
    expect(await worker.untilStatus(id, 'failed')).toMatchObject({ attempts: 0, error: { code: 'deadline_exceeded' } });
  });

  it('of an attempt count as a failed one, however deaf the handler is', async () => {
    const deaf = kindOf('deaf', () => new Promise(() => undefined), { retry: { attempts: 2, firstMs: 1 } });
    const worker = await start({ kinds: [deaf] });
    const { id } = await worker.one('deaf', null, { attemptTimeoutMs: 30 });
    expect(await worker.untilStatus(id, 'dead')).toMatchObject({ attempts: 2, error: { code: 'attempt_timeout' } });
  });

  it('of the whole job end it between and during attempts', async () => {
    const fails = kindOf('fails', () => Promise.reject(new Error('no')), { retry: { attempts: 9, firstMs: 60_000 } });
    const hangs = kindOf('hangs', () => new Promise(() => undefined));
    const worker = await start({ kinds: [fails, hangs] });
    for (const kind of ['fails', 'hangs']) {
      const { id } = await worker.one(kind, null, { deadlineMs: 150 });
      expect(await worker.untilStatus(id, 'failed')).toMatchObject({ error: { code: 'deadline_exceeded' } });
    }
  });
});

describe('orders that repeat', () => {
  it('with a deduplication key make one job until that has ended', async () => {
    const hold = gate();
    const worker = await start({ kinds: [kindOf('held', () => hold.opened)] });
    const [first, second] = await worker.jobs.submit('acme', [
      { kind: 'held', payload: { data: 1 }, dedupKey: 'k' },
      { kind: 'held', payload: { data: 2 }, dedupKey: 'k' },
    ]);
    expect(second).toMatchObject({ id: first!.id, repeated: true });
    const other = await worker.one('held', 1, { dedupKey: 'k' }, 'umbrella');
    expect(other.repeated).toBe(false);
    hold.open();
    await worker.untilStatus(first!.id, 'succeeded');
    expect((await worker.one('held', 3, { dedupKey: 'k' })).repeated).toBe(false);
  });

  it('with an idempotency key get the same job, also when it has ended; another order is refused', async () => {
    const worker = await start({ kinds: [kindOf('any', () => 1)] });
    const first = await worker.one('any', 1, { idempotencyKey: 'once' });
    await worker.untilStatus(first.id, 'succeeded');
    expect(await worker.one('any', 1, { idempotencyKey: 'once' })).toEqual({
      id: first.id,
      status: 'succeeded',
      repeated: true,
    });
    await expect(worker.one('any', 2, { idempotencyKey: 'once' })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('are refused when too many jobs of the tenant wait', async () => {
    const queues = [{ name: 'default', tenantWaiting: 2 }];
    const worker = await start({ kinds: [kindOf('any', () => 1)], queues, runs: false });
    await worker.queues.pause('default', '*', true);
    await worker.one('any');
    await worker.one('any');
    await expect(worker.one('any')).rejects.toMatchObject({ code: 'rate_limited' });
    expect((await worker.one('any', null, {}, 'other')).status).toBe('waiting');
  });
});

describe('a queue', () => {
  it('that is paused starts nothing, for all or for one tenant, until it is resumed', async () => {
    const ran: string[] = [];
    const worker = await start({ kinds: [kindOf('note', (data: string) => ran.push(data))] });
    for (const scope of ['*', 'acme']) {
      expect(await worker.queues.pause('default', scope, true)).toMatchObject({ paused: true });
      const held = await worker.one('note', `acme ${scope}`);
      if (scope === 'acme') {
        await worker.one('note', 'other', {}, 'other');
        await until('the other tenant', () => ran.includes('other'));
      }
      expect(await worker.jobs.read('acme', held.id)).toMatchObject({ status: 'waiting' });
      expect(ran).not.toContain(`acme ${scope}`);
      expect(await worker.queues.pause('default', scope, false)).toMatchObject({ paused: false });
      await worker.untilStatus(held.id, 'succeeded');
    }
  });

  it('prefers urgent jobs without starving others', async () => {
    const ran: string[] = [];
    const queues = [{ name: 'default', concurrency: 1 }];
    const worker = await start({ kinds: [kindOf('note', (data: string) => ran.push(data))], queues });
    await worker.queues.pause('default', '*', true);
    const orders = (['low', 'normal', 'high'] as const).flatMap((priority) =>
      range(20).map(() => ({ kind: 'note', payload: { data: priority }, priority })),
    );
    await worker.jobs.submit('acme', orders);
    await worker.queues.pause('default', '*', false);
    await until('all of them', () => ran.length === 60);
    const mean = (priority: string) => ran.reduce((sum, each, at) => sum + (each === priority ? at : 0), 0) / 20;
    expect(mean('high')).toBeLessThan(mean('normal'));
    expect(mean('normal')).toBeLessThan(mean('low'));
  });

  it('serves tenants by turns: one with 10 000 jobs holds the single job of another by little', async () => {
    const ran: string[] = [];
    const queues = [{ name: 'default', concurrency: 2 }];
    const worker = await start({ kinds: [kindOf('note', (data: string) => ran.push(data))], queues, runs: false });
    const flood = range(1_000).map(() => ({ kind: 'note', payload: { data: 'flood' } }));
    for (let i = 0; i < 10; i++) await worker.jobs.submit('greedy', flood);
    const { id } = await worker.one('note', 'single');
    await worker.app.init();
    await worker.untilStatus(id, 'succeeded');
    // What lay ready before it came, what was being run, and a turn of the greedy one.
    expect(ran.indexOf('single')).toBeLessThan(16 + 2 + 2);
  });

  it('runs no more jobs of a tenant at a time than its cap', async () => {
    const hold = gate();
    const running = { acme: 0, other: 0 };
    const held = kindOf('held', async (data: 'acme' | 'other') => {
      running[data] += 1;
      await hold.opened;
    });
    const worker = await start({ kinds: [held], queues: [{ name: 'default', concurrency: 10, tenantInFlight: 3 }] });
    const jobs = await worker.jobs.submit(
      'acme',
      range(9).map(() => ({ kind: 'held', payload: { data: 'acme' } })),
    );
    await until('the cap', () => running.acme === 3);
    await worker.one('held', 'other', {}, 'other');
    await until('the other tenant', () => running.other === 1);
    expect(running.acme).toBe(3);
    hold.open();
    await Promise.all(jobs.map(({ id }) => worker.untilStatus(id, 'succeeded')));
  });

  it('of several shards keeps a tenant in one, and finds every job by its id', async () => {
    const worker = await start({ kinds: [kindOf('any', () => 1)], queues: [{ name: 'default', shards: 4 }] });
    const tenants = range(12).map((index) => `tenant-${index}`);
    for (const tenant of tenants) {
      const { id } = await worker.one('any', null, {}, tenant);
      await until(`${tenant}'s job`, async () => (await worker.jobs.read(tenant, id))?.status === 'succeeded');
    }
  });
});
