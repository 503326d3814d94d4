import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { kindOf, startWorker, type WorkerReplica } from '../../../../test/worker/worker-replica.js';
import { QueueDirectory } from '../queue/queue-directory.service.js';
import { QueueRepository } from '../queue/queue.repository.js';
import { ScheduleService, type ScheduleOrder } from './schedule.service.js';

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

/** Replicas that run jobs of the kind `note`, which says what ran. */
async function startReplicas(count: number) {
  const ran: unknown[] = [];
  const keyPrefix = `t${randomBytes(6).toString('hex')}`;
  const options = { redisUrl: redis.url, keyPrefix, kinds: [kindOf('note', (data) => ran.push(data))] };
  const replicas = await Promise.all(Array.from({ length: count }, () => startWorker(options)));
  open.push(...replicas);
  const [{ app }] = replicas as [WorkerReplica];
  const keys = app.get(QueueRepository).keysOf(app.get(QueueDirectory).shards[0]!);
  return { ran, keys, schedules: app.get(ScheduleService) };
}

const order = ({ data, ...more }: Partial<ScheduleOrder> & { name: string; data?: unknown }): ScheduleOrder => ({
  ...{ tenant: 'acme', kind: 'note', timeZone: 'UTC', cron: '0 0 1 1 *', enabled: true },
  priority: 'normal',
  missed: 'once',
  payload: { data: data ?? more.name },
  ...more,
});

describe('a schedule', () => {
  it('fires each tick once, whoever of several schedulers comes first', async () => {
    const { ran, keys, schedules } = await startReplicas(3);
    await schedules.write(order({ name: 'often', cron: '* * * * * *' }));
    await until('three ticks', () => ran.length >= 3);
    await schedules.remove('acme', 'often');
    expect(await client.zcard(keys.ticks)).toBe(0);
    // A tick that is due again is refused to all but one: its jobs are counted, not guessed by the clock.
    const before = ran.length;
    await schedules.write(order({ name: 'yearly' }));
    await client.zadd(keys.ticks, Date.now() - 1_000, 'acme:yearly');
    await until('the tick', () => ran.includes('yearly'));
    await until('the next tick', async () => Number(await client.zscore(keys.ticks, 'acme:yearly')) > Date.now());
    expect(ran.slice(before).filter((data) => data === 'yearly')).toHaveLength(1);
  });

  it.each([
    ['skip', 0],
    ['once', 1],
    ['all', 3],
  ] as const)('that missed three ticks makes up for them by its policy %s', async (missed, jobs) => {
    const { ran, keys, schedules } = await startReplicas(1);
    const hour = 3_600_000;
    await schedules.write(order({ name: 'hourly', cron: '0 * * * *', missed }));
    const next = Number(await client.zscore(keys.ticks, 'acme:hourly'));
    // In the first minute of an hour the hour's own tick is in time, and not missed.
    const inTime = Date.now() - (next - hour) <= 60_000 ? 1 : 0;
    await client.zadd(keys.ticks, next - 3 * hour, 'acme:hourly');
    await until('the next tick', async () => Number(await client.zscore(keys.ticks, 'acme:hourly')) === next);
    const expected = missed === 'all' ? jobs : Math.max(jobs, inTime);
    await until('its jobs', () => ran.length === expected);
  });

  it('is listed, replaced, disabled and removed by its tenant alone', async () => {
    const { keys, schedules } = await startReplicas(1);
    await schedules.write(order({ name: 'b' }));
    await schedules.write(order({ name: 'a' }));
    await schedules.write({ ...order({ name: 'c' }), tenant: 'other' });
    expect((await schedules.list('acme')).map(({ record }) => record.name)).toEqual(['a', 'b']);
    await schedules.write(order({ name: 'a', enabled: false }));
    expect(await schedules.read('acme', 'a')).toMatchObject({ tick: undefined, record: { enabled: false } });
    expect(await client.zscore(keys.ticks, 'acme:a')).toBeNull();
    await expect(schedules.remove('acme', 'c')).rejects.toMatchObject({ code: 'not_found' });
    await schedules.remove('acme', 'b');
    expect((await schedules.list('acme')).map(({ record }) => record.name)).toEqual(['a']);
  });

  it('with a bad expression, zone or payload is refused', async () => {
    const { schedules } = await startReplicas(1);
    const faults = [
      { cron: '* * *' },
      { timeZone: 'Nowhere' },
      { kind: 'unknown' },
      { payload: { other: 1 } },
      { queue: 'none' },
      { payload: { data: 'x'.repeat(1_100_000) } },
    ];
    for (const fault of faults) await expect(schedules.write({ ...order({ name: 'x' }), ...fault })).rejects.toThrow();
    expect(await schedules.list('acme')).toEqual([]);
  });
});
