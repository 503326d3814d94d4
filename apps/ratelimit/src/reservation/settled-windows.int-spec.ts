import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Redis } from 'ioredis';
import type { LimitCost, LimitDefinition, LimitPolicy } from '#contracts';
import { LarderConfig } from '#service';
import { startLimitsReplica } from '../../../../test/limits/limits-replica.js';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { CheckService } from '../check/check.service.js';
import { ReservationService } from './reservation.service.js';
import { SettlementService } from './settlement.service.js';

jest.setTimeout(60_000);

const tenant = 'acme';
const capacity = 100_000;
const hour = 3_600;
const limit = (name: string, members: Partial<LimitDefinition>): LimitDefinition => ({
  name,
  scope: ['user'],
  unit: 'tokens',
  algorithm: 'fixed-window',
  capacity,
  windowSeconds: hour,
  ...members,
});
const algorithms = {
  fixed: limit('fixed', {}),
  calendar: limit('calendar', { algorithm: 'calendar-window', period: 'month', timeZone: 'Europe/Berlin' }),
  counter: limit('counter', { algorithm: 'sliding-window-counter' }),
  log: limit('log', { algorithm: 'sliding-window-log' }),
  // So slow that what it refills during a test is not one token.
  bucket: limit('bucket', { algorithm: 'token-bucket', windowSeconds: 366 * 86_400, capacity: 1_000 }),
};
type Algorithm = keyof typeof algorithms;
const policies: LimitPolicy[] = [
  ...Object.values(algorithms).map((one) => ({ name: one.name, limits: [one] })),
  {
    name: 'ledger',
    limits: [
      algorithms.fixed,
      algorithms.calendar,
      algorithms.counter,
      algorithms.log,
      limit('money', { unit: 'microUsd', algorithm: 'calendar-window', period: 'day' }),
      limit('output', { unit: 'outputTokens', weights: { 'gpt-4*': 2.5 } }),
      limit('places', { unit: 'requests', algorithm: 'concurrency', capacity: 40 }),
    ],
  },
  {
    name: 'shared',
    limits: [limit('ours', { scope: ['tenant'], capacity: 500 }), limit('all', { scope: ['global'] })],
  },
];

let redis: RunningRedis;
let client: Redis;
let keyPrefix: string;
let replicas: TestingModule[];
let user: string;

const newId = () => randomBytes(16).toString('hex');
const replica = (index: number) => replicas[index % replicas.length]!;
const settlement = (index = 0) => replica(index).get(SettlementService);
const question = (policy: string) => ({ tenant, policy, subject: { user, model: 'gpt-4o' } });
const reservationKey = (id: string) => `${keyPrefix}:reservation:{${tenant}}:${id}`;

async function reserve(policy: string, cost: LimitCost, index = 0) {
  const id = newId();
  const reply = await replica(index)
    .get(ReservationService)
    .reserve({ ...question(policy), id, cost, ttlSeconds: 600 });
  return { id, allowed: reply.allowed };
}

async function used(policy: string): Promise<number[]> {
  const { limits } = await replica(0).get(CheckService).usage(question(policy));
  return limits.map(({ limit: most, remaining }) => most - remaining);
}

/** As if a reservation had been made so many microseconds earlier, and others had used as much since. */
async function backdate(id: string, byMicroseconds: number): Promise<void> {
  const numbers = (await client.hget(reservationKey(id), 'numbers'))!.split(' ').map(Number);
  numbers[2]! -= byMicroseconds;
  await client.hset(reservationKey(id), 'numbers', numbers.join(' '));
}

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
  keyPrefix = `t${randomBytes(6).toString('hex')}`;
  const config = Object.assign(new LarderConfig(), { limitPolicies: policies });
  const options = { url: redis.url, keyPrefix, config };
  replicas = await Promise.all([startLimitsReplica(options), startLimitsReplica(options)]);
});

afterAll(async () => {
  await Promise.all(replicas.map((one) => one.close()));
  client.disconnect();
  await redis.stop();
});

beforeEach(() => {
  user = newId();
});

describe.each(Object.keys(algorithms) as Algorithm[])('a reservation from a limit by %s', (policy) => {
  it('gives back what was not used, and no more', async () => {
    const [one, other] = [await reserve(policy, { tokens: 300 }), await reserve(policy, { tokens: 200 })];
    await settlement().settle({ tenant, id: one.id }, { tokens: 120 });
    expect(await used(policy)).toEqual([320]);
    await settlement().cancel({ tenant, id: other.id });
    await settlement().cancel({ tenant, id: other.id });
    expect(await used(policy)).toEqual([120]);
  });

  it('charges what was used beyond it', async () => {
    const { id } = await reserve(policy, { tokens: 300 });
    await settlement().settle({ tenant, id: id }, { tokens: 450 });
    expect(await used(policy)).toEqual([450]);
  });

  it('charges what was not foreseen at all', async () => {
    const { id } = await reserve(policy, { requests: 1 });
    await settlement().settle({ tenant, id: id }, { tokens: 45 });
    expect(await used(policy)).toEqual([45]);
  });

  it('of a time that is over leaves the present alone', async () => {
    const { id } = await reserve(policy, { tokens: 300 });
    await backdate(id, policy === 'bucket' ? algorithms.bucket.windowSeconds! * 1e6 : 40 * 24 * hour * 1e6);
    expect(await settlement().settle({ tenant, id: id }, { tokens: 0 })).toMatchObject({ settled: true });
    expect(await used(policy)).toEqual([300]);
  });

  it('whose counter was reset brings no count below zero', async () => {
    const { id } = await reserve(policy, { tokens: 300 });
    await replica(1).get(CheckService).reset(question(policy));
    await settlement().cancel({ tenant, id: id });
    expect(await used(policy)).toEqual([0]);
    const { limits } = await replica(0).get(CheckService).usage(question(policy));
    expect(limits[0]!.remaining).toBe(limits[0]!.limit);
  });
});

it('a sliding counter gives back in the window before this one, where the reservation was', async () => {
  const { id } = await reserve('counter', { tokens: 300 });
  await backdate(id, hour * 1e6);
  await settlement().cancel({ tenant, id: id });
  // This window's count is another's now: it stays, and the one before does not go below zero.
  expect(await used('counter')).toEqual([300]);
});

/** How a call ends, and what it then costs. */
async function endAtRandom(id: string, index: number): Promise<LimitCost> {
  const cost = {
    inputTokens: Math.floor(Math.random() * 400),
    outputTokens: Math.floor(Math.random() * 400),
    microUsd: Math.floor(Math.random() * 900),
  };
  if (Math.random() < 0.2) {
    await Promise.all([settlement(index).cancel({ tenant, id: id }), settlement(index + 1).cancel({ tenant, id: id })]);
    return {};
  }
  await Promise.all([
    settlement(index).settle({ tenant, id: id }, cost),
    settlement(index + 1).settle({ tenant, id: id }, cost),
  ]);
  return cost;
}

it('after 200 calls of 40 clients over two replicas every limit has counted exactly what was settled', async () => {
  const sum = { tokens: 0, money: 0, output: 0 };
  let next = 0;
  const work = async () => {
    // So few that no limit is used up: beyond its capacity nothing is told of what was used.
    while (next < 200) {
      const index = (next += 1);
      const cost = { requests: 1, inputTokens: 200, outputTokens: 200, microUsd: 500 };
      const { id, allowed } = await reserve('ledger', cost, index);
      if (!allowed) continue;
      const { inputTokens = 0, outputTokens = 0, microUsd = 0 } = await endAtRandom(id, index);
      sum.tokens += inputTokens + outputTokens;
      sum.money += microUsd;
      sum.output += Math.ceil(outputTokens * 2.5);
    }
  };
  await Promise.all(Array.from({ length: 40 }, work));
  expect(sum.tokens).toBeGreaterThan(10_000);
  const { tokens, money, output } = sum;
  // Seven limits: four of tokens by different algorithms, money, weighted output, places.
  expect(await used('ledger')).toEqual([tokens, tokens, tokens, tokens, money, output, 0]);
});

it('a limit of all tenants is reserved from, settled and given back as the others', async () => {
  const made = await reserve('shared', { tokens: 300 });
  expect(await used('shared')).toEqual([300, 300]);
  expect((await reserve('shared', { tokens: 300 })).allowed).toBe(false);
  expect(await used('shared')).toEqual([300, 300]);
  await settlement(1).settle({ tenant, id: made.id }, { tokens: 40 });
  expect(await used('shared')).toEqual([40, 40]);
  const other = await reserve('shared', { tokens: 100 });
  await settlement(1).cancel({ tenant, id: other.id });
  expect(await used('shared')).toEqual([40, 40]);
});

describe('a bucket, when a call cost more than it had', () => {
  const unitMs = (366 * 86_400_000) / 1_000;
  const waitFor = async (tokens: number) => {
    const { limits } = await replica(1)
      .get(CheckService)
      .peek({ ...question('bucket'), cost: { tokens } });
    return limits[0]!.retryAfterMs! / unitMs;
  };

  it('owes the rest, and admits nothing before that has been refilled', async () => {
    const { id } = await reserve('bucket', { tokens: 900 });
    await settlement().settle({ tenant, id: id }, { tokens: 1_500 });
    expect(await used('bucket')).toEqual([1_000]);
    expect(await waitFor(1)).toBeCloseTo(501, 0);
    expect((await reserve('bucket', { tokens: 1 })).allowed).toBe(false);
  });

  it('never owes more than one burst, so that no slip locks anybody out for long', async () => {
    const { id } = await reserve('bucket', { tokens: 10 });
    await settlement().settle({ tenant, id: id }, { tokens: 1_000_000 });
    expect(await waitFor(1)).toBeCloseTo(1_001, 0);
  });
});
