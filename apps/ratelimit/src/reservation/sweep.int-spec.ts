import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Redis } from 'ioredis';
import { ServiceError, type LimitPolicy } from '#contracts';
import { LarderConfig, Metrics } from '#service';
import { startLimitsReplica } from '../../../../test/limits/limits-replica.js';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { CheckService } from '../check/check.service.js';
import { ReservationService } from './reservation.service.js';
import { SettlementService } from './settlement.service.js';

jest.setTimeout(60_000);

const limit = { scope: ['user'], unit: 'tokens', algorithm: 'fixed-window', windowSeconds: 86_400 } as const;
const policies: LimitPolicy[] = [
  { name: 'tokens', limits: [{ ...limit, scope: ['user'], name: 'tokens', capacity: 1_000 }] },
  {
    name: 'away',
    limits: [
      { ...limit, scope: ['user'], name: 'tokens', capacity: 1_000 },
      { ...limit, scope: ['user'], name: 'places', unit: 'requests', algorithm: 'concurrency', capacity: 1 },
    ],
  },
  { name: 'money', limits: [{ ...limit, scope: ['user'], name: 'money', unit: 'microUsd', capacity: 1_000 }] },
];

let redis: RunningRedis;
let client: Redis;
let keyPrefix: string;
let replicas: TestingModule[];
let tenant: string;

const reserve = (policy: string, ttlSeconds = 60, replica = 0) =>
  replicas[replica]!.get(ReservationService).reserve({
    ...{ tenant, policy, ttlSeconds, id: randomBytes(16).toString('hex') },
    subject: { user: 'ann' },
    cost: { tokens: 10, microUsd: 10 },
  });

async function used(): Promise<number> {
  const asked = { tenant, policy: 'tokens', subject: { user: 'ann' } };
  const { limits } = await replicas[0]!.get(CheckService).usage(asked);
  return 1_000 - limits[0]!.remaining;
}

const isAnnounced = async () => (await client.zscore(`${keyPrefix}:reserving-tenants`, tenant)) !== null;
const outstanding = () => client.zcard(`${keyPrefix}:reservations:{${tenant}}`);

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
  keyPrefix = `t${randomBytes(6).toString('hex')}`;
  const config = Object.assign(new LarderConfig(), { limitPolicies: policies });
  const options = { url: redis.url, keyPrefix, config };
  replicas = await Promise.all([startLimitsReplica(options), startLimitsReplica(options)]);
});

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  client.disconnect();
  await redis.stop();
});

beforeEach(() => {
  tenant = `t${randomBytes(6).toString('hex')}`;
});

it('replicas that sweep together end each of many reservations once', async () => {
  const others = await Promise.all(Array.from({ length: 3 }, () => reserve('tokens')));
  await Promise.all(Array.from({ length: 90 }, (_, index) => reserve('tokens', 1, index % 2)));
  await until('the sweep', async () => (await outstanding()) === others.length, 30_000);
  expect(await used()).toBe(30);
});

it('a record that nobody can read is taken off the list, and keeps nobody else', async () => {
  const [spoilt] = [await reserve('tokens', 1), await reserve('tokens', 1)];
  await client.hset(`${keyPrefix}:reservation:{${tenant}}:${spoilt.id}`, 'record', 'not JSON');
  await until('the sweep', async () => (await outstanding()) === 0, 30_000);
  // What it had reserved stays counted, until its window ends.
  expect(await used()).toBe(10);
});

it('a tenant without reservations is forgotten, not before a minute has passed', async () => {
  const { id } = await reserve('tokens');
  await client.zadd(`${keyPrefix}:reserving-tenants`, Date.now() - 61_000, tenant);
  await replicas[1]!.get(SettlementService).cancel({ tenant, id: id });
  await until('it is forgotten', async () => !(await isAnnounced()), 30_000);
  await reserve('tokens', 60, 1);
  expect(await isAnnounced()).toBe(true);
});

it('how many are outstanding is a metric', async () => {
  await Promise.all(Array.from({ length: 4 }, () => reserve('tokens')));
  const told = () =>
    replicas[1]!.get(Metrics).registry.getSingleMetricAsString('larder_limit_reservations_outstanding');
  const all = async () => {
    const lists = await client.keys(`${keyPrefix}:reservations:*`);
    const sizes = await Promise.all(lists.map((list) => client.zcard(list)));
    return sizes.reduce((sum, size) => sum + size, 0);
  };
  await until('a round', async () => (await told()).endsWith(` ${await all()}`), 30_000);
});

it('without Redis limits decide by their failure modes, and nothing is set aside', async () => {
  await redis.stop();
  const away = await reserve('away');
  expect(away).toMatchObject({ allowed: true, degraded: true });
  expect(away.expiresAt).toBeUndefined();
  expect(await reserve('away')).toMatchObject({ allowed: false, binding: 'places', degraded: true });
  expect(await reserve('money')).toMatchObject({ allowed: false, degraded: true });
  // It cannot be settled, but its place is free.
  await expect(replicas[0]!.get(SettlementService).settle({ tenant, id: away.id }, {})).rejects.toThrow(ServiceError);
  expect(await reserve('away')).toMatchObject({ allowed: true });
});
