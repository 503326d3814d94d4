import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { kindOf, startWorker, type WorkerReplica } from '../../../../test/worker/worker-replica.js';
import type { JobFilter } from './job-list.repository.js';
import { JobListService } from './job-list.service.js';

jest.setTimeout(60_000);
let redis: RunningRedis;
let worker: WorkerReplica;
let open: () => void;
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

beforeAll(async () => {
  redis = await startRedis();
  const opened = new Promise<void>((resolve) => (open = resolve));
  worker = await startWorker({
    redisUrl: redis.url,
    keyPrefix: `t${randomBytes(6).toString('hex')}`,
    queues: [{ name: 'side', shards: 3 }],
    kinds: [
      kindOf('echo', (data: unknown) => data),
      kindOf('wait', () => opened, { queue: 'side' }),
      kindOf('fail', () => Promise.reject(new Error('no')), { retry: { attempts: 1 } }),
    ],
  });
});
afterAll(async () => {
  await worker.stop();
  await redis.stop();
});

async function submit(tenant: string, kind: string, count = 1, more: object = {}): Promise<string[]> {
  const orders = range(count).map((data) => ({ kind, payload: { data }, ...more }));
  return (await worker.jobs.submit(tenant, orders)).map(({ id }) => id);
}

/** Every page, until there is none. */
async function listed(tenant: string, filter: JobFilter & { queue?: string } = {}, limit = 50) {
  const lists = worker.app.get(JobListService);
  const pages = [await lists.page(tenant, filter, { limit })];
  for (let next = pages[0]!.next; next !== undefined; next = pages.at(-1)!.next) {
    pages.push(await lists.page(tenant, filter, { limit, after: next }));
  }
  for (const { jobs } of pages) expect(jobs.length).toBeLessThanOrEqual(limit);
  return pages.flatMap(({ jobs }) => jobs);
}

const ids = (jobs: readonly { id: string }[]) => jobs.map(({ id }) => id);

describe('the list of jobs', () => {
  it('has those of all queues, the latest first, each once, and those of no other tenant', async () => {
    const own: string[] = [];
    for (const kind of ['echo', 'wait', 'echo', 'wait'])
      own.push(...(await submit('list-a', kind, 5, { delayMs: 60_000 })));
    await submit('list-b', 'echo', 7);
    expect(ids(await listed('list-a', {}, 3))).toEqual([...own].sort().reverse());
    expect(ids(await listed('list-a', { queue: 'side' }, 4))).toHaveLength(10);
    expect(await listed('list-a-')).toEqual([]);
    expect(await listed('list')).toEqual([]);
  });

  it('shows what each is, and no payload and no result', async () => {
    const tenant = 'acme';
    const [ended] = await submit(tenant, 'echo', 1, { userId: 'ann "quoted", "history":' });
    const [dead] = await submit(tenant, 'fail');
    const [active] = await submit(tenant, 'wait');
    const [delayed] = await submit(tenant, 'echo', 1, { delayMs: 60_000 });
    await worker.untilStatus(ended!, 'succeeded');
    await worker.untilStatus(dead!, 'dead');
    await worker.untilStatus(active!, 'active');
    const jobs = await listed(tenant);
    const statuses = { [delayed!]: 'delayed', [active!]: 'active', [dead!]: 'dead', [ended!]: 'succeeded' };
    // Those of one millisecond are in no order.
    const latestFirst = Object.entries(statuses).sort(([one], [other]) => (one < other ? 1 : -1));
    expect(jobs.map(({ id, status }) => [id, status])).toEqual(latestFirst);
    for (const job of jobs) {
      const { result: _, history: __, ...whole } = (await worker.jobs.read(tenant, job.id))!;
      expect(job).toEqual(whole);
    }
    for (const status of ['delayed', 'active', 'dead', 'succeeded', 'waiting'] as const) {
      const only = ids(jobs.filter((job) => job.status === status));
      expect(ids(await listed(tenant, { status }))).toEqual(only);
    }
    expect(ids(await listed(tenant, { kind: 'fail' }))).toEqual([dead]);
    expect(ids(await listed(tenant, { userId: 'ann "quoted", "history":' }))).toEqual([ended]);
    expect(ids(await listed(tenant, { userId: 'ann' }))).toEqual([]);
    expect(ids(await listed(tenant, { kind: 'fail', status: 'succeeded' }))).toEqual([]);
    open();
  });

  it('looks at a bounded number a call, and finds what is rare all the same', async () => {
    const [rare] = await submit('many', 'wait', 1, { queue: 'default', delayMs: 60_000 });
    await submit('many', 'echo', 1_000, { delayMs: 60_000 });
    await submit('many', 'echo', 200, { delayMs: 60_000 });
    const first = await worker.app.get(JobListService).page('many', { kind: 'wait' }, { limit: 10 });
    expect(first.jobs).toEqual([]);
    expect(first.next).toBeDefined();
    expect(ids(await listed('many', { kind: 'wait' }, 10))).toEqual([rare]);
  });

  it('forgets a job when nothing of it is kept', async () => {
    const [brief] = await submit('forgetful', 'echo', 1, { delayMs: 60_000 });
    await worker.jobs.cancel('forgetful', brief!);
    expect(ids(await listed('forgetful', { status: 'cancelled' }))).toEqual([brief]);
  });
});
