import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { kindOf, startWorker } from '../../../../test/worker/worker-replica.js';
import { ScheduleService } from '../schedule/schedule.service.js';
import { UserJobsService } from './user-jobs.service.js';

jest.setTimeout(60_000);

let redis: RunningRedis;
let client: Redis;

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
});

afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

it("the jobs of an erased user go, whatever became of them, and nobody else's", async () => {
  const words = 'the-words-of-ann';
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const worker = await startWorker({
    redisUrl: redis.url,
    keyPrefix: `t${randomBytes(6).toString('hex')}`,
    kinds: [
      kindOf('echo', (data: string) => data),
      kindOf('wait', async (data: string) => opened.then(() => data)),
      kindOf('fail', () => Promise.reject(new Error(words)), { retry: { attempts: 1 } }),
    ],
  });
  const ask = async (kind: string, more: object = {}) =>
    (await worker.jobs.submit('acme', [{ kind, payload: { data: words }, userId: 'ann', ...more }]))[0]!.id;
  const ended = await ask('echo');
  const dead = await ask('fail');
  const active = await ask('wait');
  const delayed = await ask('echo', { delayMs: 600_000 });
  const bobs = (await worker.jobs.submit('acme', [{ kind: 'echo', payload: { data: 'bob' }, userId: 'bob' }]))[0]!.id;
  await worker.untilStatus(ended, 'succeeded');
  await worker.untilStatus(dead, 'dead');
  await worker.untilStatus(active, 'active');
  await worker.untilStatus(bobs, 'succeeded');

  const schedules = worker.app.get(ScheduleService);
  const nightly = {
    tenant: 'acme',
    kind: 'echo',
    payload: { data: words },
    cron: '0 3 * * *',
    timeZone: 'UTC',
  } as const;
  const settled = { ...nightly, priority: 'normal', missed: 'once', enabled: true } as const;
  await schedules.write({ ...settled, name: 'anns', caller: { userId: 'ann' } });
  await schedules.write({ ...settled, name: 'ours' });
  expect(await worker.app.get(UserJobsService).forget('acme', 'ann')).toBe(4);
  expect((await schedules.list('acme')).map(({ record }) => record.name)).toEqual(['ours']);
  await schedules.remove('acme', 'ours');
  for (const id of [ended, dead, active, delayed]) expect(await worker.jobs.read('acme', id)).toBeNull();
  open();
  const held = async () => {
    const hashes = await Promise.all((await client.keys('*:jobs')).map((key) => client.hvals(key)));
    return hashes.flat().join();
  };
  await until('no word to be left', async () => !(await held()).includes(words));
  expect(await held()).toContain('bob');
  expect(await worker.app.get(UserJobsService).forget('acme', 'ann')).toBe(0);
  await worker.stop();
  expect(await held()).not.toContain(words);
});

it('so does what is still to be told of them to a webhook', async () => {
  const words = 'the-answer-to-ann';
  const worker = await startWorker({
    redisUrl: redis.url,
    keyPrefix: `t${randomBytes(6).toString('hex')}`,
    // Nothing is delivered for as long as the test runs.
    kinds: [kindOf('echo', (data: string) => data), kindOf('webhook', () => new Promise<never>(() => undefined))],
  });
  const webhook = 'https://example.org/hook';
  const order = { kind: 'echo', payload: { data: words }, userId: 'ann', webhook };
  const [ended] = await worker.jobs.submit('acme', [order]);
  await worker.jobs.submit('acme', [{ ...order, delayMs: 600_000 }]);
  await worker.untilStatus(ended!.id, 'succeeded');
  const held = async () => (await Promise.all((await client.keys('*:jobs')).map((key) => client.hvals(key)))).flat();
  await until('the webhook to be told', async () => (await held()).some((job) => job.includes('job.succeeded')));
  // Two jobs, what is told of the one that ended, and of the one that is cancelled.
  expect(await worker.app.get(UserJobsService).forget('acme', 'ann')).toBe(4);
  expect((await held()).filter((job) => job.includes(words) || job.includes('job.'))).toEqual([]);
  await worker.stop();
});
