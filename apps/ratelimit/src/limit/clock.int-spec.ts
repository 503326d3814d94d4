import { randomBytes, randomInt } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { LimitDefinition } from '#contracts';
import {
  clockKey,
  demandsOf,
  limitOf,
  startEngine,
  tenant,
  type EngineReplica,
} from '../../../../test/limits/limit-engines.js';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';

let redis: RunningRedis;
let client: Redis;
let replica: EngineReplica;

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
});

afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

beforeEach(async () => {
  replica = await startEngine(redis.url, `t${randomBytes(6).toString('hex')}`, { clocked: true });
});

afterEach(() => replica.close());

/** Sets the clock of the scripts. */
async function at(milliseconds: number, micros = 0): Promise<void> {
  const seconds = Math.floor(milliseconds / 1_000);
  const rest = Math.round((milliseconds - seconds * 1_000) * 1_000) + micros;
  await client.multi().del(clockKey).rpush(clockKey, seconds, rest).exec();
}

const take = async (limit: LimitDefinition, cost = 1) => replica.engine.take(tenant, demandsOf([limit], cost));

/** How much a limit still admits, one by one. */
async function drain(limit: LimitDefinition): Promise<number> {
  for (let admitted = 0; ; admitted += 1) if (!(await take(limit)).allowed) return admitted;
}

const noon = Date.parse('2026-03-10T12:00:00Z');
const minute = 60_000;
const everyAlgorithm = (
  ['token-bucket', 'fixed-window', 'sliding-window-counter', 'sliding-window-log', 'concurrency'] as const
).map((algorithm) => [algorithm, limitOf({ algorithm })] as const);

describe.each(everyAlgorithm)('%s, when a failover moves the clock back', (_, limit) => {
  it('by less than its window: what was counted counts on, and no longer than it would have', async () => {
    await at(noon + 10_000);
    expect(await drain(limit)).toBe(10);
    await at(noon - 20_000);
    expect(await drain(limit)).toBe(0);
    await at(noon + 10_000 + 2 * minute);
    expect(await drain(limit)).toBe(10);
  });

  it('by an hour: nobody waits for the old time, nor is anything admitted twice', async () => {
    await at(noon + 10_000);
    expect(await drain(limit)).toBe(10);
    const back = noon - 60 * minute;
    await at(back);
    expect(await drain(limit)).toBe(0);
    const { limits } = await take(limit);
    expect(limits[0]!.retryAfterMs).toBeLessThanOrEqual(2 * minute);
    await at(back + 2 * minute);
    expect(await drain(limit)).toBe(10);
  });

  it('an hour back, the first that fits is counted beside what there was', async () => {
    await at(noon + 10_000);
    await take(limit, 7);
    await at(noon - 60 * minute);
    const admitted = await drain(limit);
    // A bucket that has leapt counts as empty: how long ago it was filled nobody knows.
    expect(admitted).toBe(limit.algorithm === 'token-bucket' ? 0 : 3);
  });
});

describe('the time to wait', () => {
  const limits = [
    ...everyAlgorithm.map(([, limit]) => limit),
    limitOf({ algorithm: 'token-bucket', capacity: 7, burst: 20 }),
    limitOf({ algorithm: 'token-bucket', capacity: 999_999_937, windowSeconds: 86_400 }),
    limitOf({ algorithm: 'sliding-window-counter', capacity: 999_999_999_999, windowSeconds: 86_400 }),
    limitOf({ algorithm: 'calendar-window', period: 'month', timeZone: 'America/New_York' }),
  ];

  it.each(limits.map((limit) => [limit.algorithm, limit] as const))(
    'of %s is enough, and a millisecond less is not',
    async (_, limit) => {
      let now = noon;
      const most = limit.burst ?? limit.capacity;
      for (let round = 0; round < 12; round += 1) {
        await at(now, randomInt(1_000));
        const cost = randomInt(Math.ceil(most / 3), Math.min(most, 2 ** 47)) + 1;
        const { allowed, limits: states } = await take(limit, cost);
        const wait = states[0]!.retryAfterMs!;
        if (allowed) now += Math.floor(states[0]!.resetMs / 10);
        else {
          const [seconds, micros] = (await client.lrange(clockKey, 0, 1)).map(Number);
          const asked = seconds! * 1_000 + micros! / 1_000;
          await at(asked + wait - 1);
          expect((await replica.engine.peek(tenant, demandsOf([limit], cost))).allowed).toBe(false);
          await at(asked + wait);
          expect((await replica.engine.peek(tenant, demandsOf([limit], cost))).allowed).toBe(true);
          now += wait;
        }
      }
    },
  );

  it('is none for a cost above the capacity: it never fits, and nothing is counted', async () => {
    await at(noon);
    for (const [, limit] of everyAlgorithm) {
      const { allowed, binding, limits: states } = await take(limit, 11);
      expect({ allowed, binding, retryAfterMs: states[0]!.retryAfterMs }).toEqual({
        allowed: false,
        binding: 'l1',
        retryAfterMs: null,
      });
      expect(await drain(limit)).toBe(10);
    }
  });
});

describe('calendar windows begin anew', () => {
  it.each([
    ['at midnight of a day with 23 hours', 'day', 'Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['at midnight of a day with 25 hours', 'day', 'Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
    ['where midnight does not exist', 'day', 'America/Santiago', '2026-09-06T04:00:00Z', '2026-09-07T03:00:00Z'],
    ['after the leap day', 'day', 'UTC', '2028-02-29T00:00:00Z', '2028-03-01T00:00:00Z'],
    ['after a February of 29 days', 'month', 'UTC', '2028-02-01T00:00:00Z', '2028-03-01T00:00:00Z'],
    ['after a February of 28 days', 'month', 'Asia/Tokyo', '2027-01-31T15:00:00Z', '2027-02-28T15:00:00Z'],
    ['with the year', 'month', 'America/New_York', '2026-12-01T05:00:00Z', '2027-01-01T05:00:00Z'],
    ['on Monday', 'week', 'UTC', '2026-12-28T00:00:00Z', '2027-01-04T00:00:00Z'],
    ['in the hour that comes twice', 'hour', 'Europe/Berlin', '2026-10-25T00:00:00Z', '2026-10-25T01:00:00Z'],
    ['where hours begin at half past', 'hour', 'Asia/Kolkata', '2026-05-01T06:30:00Z', '2026-05-01T07:30:00Z'],
  ] as const)('%s', async (_, period, timeZone, begins, ends) => {
    const limit = limitOf({ algorithm: 'calendar-window', period, timeZone });
    const [from, to] = [Date.parse(begins), Date.parse(ends)];
    await at(from - 1);
    expect(await drain(limit)).toBe(10);
    await at(from);
    const { limits } = await take(limit, 4);
    expect(limits[0]).toMatchObject({ remaining: 6, resetMs: to - from, windowSeconds: (to - from) / 1_000 });
    await at(to - 1);
    expect(await drain(limit)).toBe(6);
    await at(to);
    expect(await drain(limit)).toBe(10);
    // The clock goes back over the edge: the window that has begun counts on.
    await at(to - 1);
    expect(await drain(limit)).toBe(0);
  });
});
