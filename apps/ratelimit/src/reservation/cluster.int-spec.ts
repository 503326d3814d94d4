import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import type { LimitDefinition, LimitPolicy } from '#contracts';
import { LarderConfig } from '#service';
import { startLimitsReplica } from '../../../../test/limits/limits-replica.js';
import { startCluster, until, type RunningCluster } from '../../../../test/redis/index.js';
import { CheckService } from '../check/check.service.js';
import { OutstandingService } from './outstanding.service.js';
import { ReservationService } from './reservation.service.js';
import { SettlementService } from './settlement.service.js';

jest.setTimeout(60_000);

const limit = (name: string, members: Partial<LimitDefinition>): LimitDefinition => ({
  name,
  scope: ['user'],
  unit: 'tokens',
  algorithm: 'fixed-window',
  capacity: 1_000,
  windowSeconds: 86_400,
  ...members,
});
const policy: LimitPolicy = {
  name: 'gold',
  limits: [
    limit('user', {}),
    limit('log', { scope: ['user', 'model'], algorithm: 'sliding-window-log' }),
    limit('places', { unit: 'requests', algorithm: 'concurrency' }),
    limit('all', { scope: ['global'], capacity: 1_000_000 }),
  ],
};
/** In slots of several nodes. */
const tenants = Array.from({ length: 8 }, (_, index) => `tenant-${index}`);

let cluster: RunningCluster;
let replica: TestingModule;

async function used(tenant: string): Promise<number[]> {
  const { limits } = await replica.get(CheckService).usage({ tenant, policy: 'gold', subject: { user: 'ann' } });
  return limits.slice(0, 3).map(({ limit: most, remaining }) => most - remaining);
}

async function reserve(tenant: string, ttlSeconds: number): Promise<string> {
  const id = randomBytes(16).toString('hex');
  const asked = { tenant, policy: 'gold', subject: { user: 'ann' }, cost: { requests: 1, tokens: 100 } };
  expect(await replica.get(ReservationService).reserve({ ...asked, id, ttlSeconds })).toMatchObject({ allowed: true });
  return id;
}

beforeAll(async () => {
  cluster = await startCluster();
  const config = Object.assign(new LarderConfig(), { limitPolicies: [policy] });
  replica = await startLimitsReplica({ url: cluster.url, keyPrefix: 'larder', config });
});

afterAll(async () => {
  await replica.close();
  await cluster.stop();
});

it('on a Redis Cluster, whose slots no script may cross, tenants reserve, settle and are swept', async () => {
  for (const tenant of tenants) {
    const settled = await reserve(tenant, 60);
    await reserve(tenant, 1);
    expect(await replica.get(SettlementService).settle({ tenant, id: settled }, { tokens: 30 })).toMatchObject({
      settled: true,
      limits: [{ name: 'user' }, { name: 'log' }, { name: 'places' }, { name: 'all' }],
    });
  }
  for (const tenant of tenants) {
    await until('the sweep', async () => (await replica.get(OutstandingService).list(tenant, 10)).data.length === 0);
    expect(await used(tenant)).toEqual([30, 30, 0]);
  }
});

it('on a Redis Cluster, requests that ask together are admitted to the last one, each tenant in a slot of its own', async () => {
  const asked = tenants.flatMap((tenant) => Array.from({ length: 40 }, () => tenant));
  const cost = { requests: 0, tokens: 30 };
  const subject = { user: 'bob' };
  const checks = replica.get(CheckService);
  const verdicts = await Promise.all(asked.map((tenant) => checks.check({ tenant, policy: 'gold', subject, cost })));
  const admitted = tenants.map((tenant) => verdicts.filter(({ allowed }, index) => allowed && asked[index] === tenant));
  expect(admitted.map(({ length }) => length)).toEqual(tenants.map(() => 33));
});
