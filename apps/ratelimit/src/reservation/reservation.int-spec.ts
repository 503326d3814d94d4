import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Redis } from 'ioredis';
import type { LimitCost, LimitDefinition, LimitPolicy, ReserveLimitsRequest } from '#contracts';
import { LarderConfig } from '#service';
import { startLimitsReplica } from '../../../../test/limits/limits-replica.js';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { CheckService } from '../check/check.service.js';
import { OutstandingService } from './outstanding.service.js';
import { ReservationService } from './reservation.service.js';
import { SettlementService } from './settlement.service.js';

jest.setTimeout(60_000);

const tenant = 'acme';
const day = { algorithm: 'calendar-window', period: 'day', capacity: 1_000 } as const;
const limit = (members: Partial<LimitDefinition> & Pick<LimitDefinition, 'name'>): LimitDefinition => ({
  scope: ['user'],
  unit: 'tokens',
  algorithm: 'fixed-window',
  capacity: 1_000,
  windowSeconds: 86_400,
  ...members,
});
const policies: LimitPolicy[] = [
  { name: 'tokens', limits: [limit({ name: 'tokens' })] },
  {
    name: 'several',
    limits: [
      limit({ name: 'requests', unit: 'requests', capacity: 5 }),
      limit({ name: 'tokens', ...day }),
      limit({ name: 'money', unit: 'microUsd', capacity: 50_000, ...{ algorithm: 'sliding-window-counter' } }),
      limit({ name: 'places', unit: 'requests', algorithm: 'concurrency', capacity: 2, windowSeconds: 3_600 }),
    ],
  },
  { name: 'minute', limits: [limit({ name: 'requests', unit: 'requests', capacity: 3 })] },
  { name: 'wide', limits: [limit({ name: 'tokens', capacity: 1_000_000 })] },
  { name: 'places', limits: [limit({ name: 'places', unit: 'requests', algorithm: 'concurrency', capacity: 2 })] },
];

let redis: RunningRedis;
let client: Redis;
let keyPrefix: string;
let replicas: TestingModule[];
let user = 0;

const newId = () => randomBytes(16).toString('hex');
const one = (index = 0) => replicas[index]!;
const subject = () => ({ user: `u${user}` });
const request = (policy: string, cost: LimitCost, more: Partial<ReserveLimitsRequest> = {}): ReserveLimitsRequest => ({
  ...{ tenant, id: newId(), policy, subject: subject(), cost, ttlSeconds: 60 },
  ...more,
});
const reserve = (asked: ReserveLimitsRequest, replica = 0) => one(replica).get(ReservationService).reserve(asked);
const settle = (id: string, cost: LimitCost, replica = 0) =>
  one(replica).get(SettlementService).settle({ tenant, id: id }, cost);

/** What is used of each limit of a policy. */
async function used(policy: string): Promise<Record<string, number>> {
  const { limits } = await one().get(CheckService).usage({ tenant, policy, subject: subject() });
  return Object.fromEntries(limits.map(({ name, limit: capacity, remaining }) => [name, capacity - remaining]));
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
  await Promise.all(replicas.map((replica) => replica.close()));
  client.disconnect();
  await redis.stop();
});

beforeEach(() => {
  user += 1;
});

describe('a reservation', () => {
  it('sets its cost aside until it is settled, and then costs what it really did', async () => {
    const asked = request('several', { requests: 1, tokens: 400, microUsd: 900 });
    const reply = await reserve(asked);
    expect(reply).toMatchObject({ allowed: true, id: asked.id, reserved: asked.cost });
    expect(Date.parse(reply.expiresAt!)).toBeGreaterThan(Date.now() + 30_000);
    expect(await used('several')).toEqual({ requests: 1, tokens: 400, money: 900, places: 1 });
    const settled = await settle(asked.id, { inputTokens: 50, outputTokens: 71, microUsd: 333 }, 1);
    expect(settled.settled).toBe(true);
    expect(settled.limits.map(({ name, remaining }) => [name, remaining])).toEqual([
      ['requests', 4],
      ['tokens', 879],
      ['money', 49_667],
      ['places', 2],
    ]);
    expect(await used('several')).toEqual({ requests: 1, tokens: 121, money: 333, places: 0 });
  });

  it('charges more than it set aside where more was used, even beyond the limit', async () => {
    const asked = request('tokens', { tokens: 10 });
    await reserve(asked);
    expect((await settle(asked.id, { tokens: 5_000 })).limits[0]).toMatchObject({ remaining: 0 });
    expect((await reserve(request('tokens', { tokens: 1 }))).allowed).toBe(false);
  });

  it('charges what it did not foresee', async () => {
    const asked = request('several', { requests: 1 });
    await reserve(asked);
    await settle(asked.id, { tokens: 30, microUsd: 7 });
    expect(await used('several')).toEqual({ requests: 1, tokens: 30, money: 7, places: 0 });
  });

  it('that came to nothing keeps the request, and nothing else', async () => {
    const asked = request('several', { requests: 1, tokens: 400, microUsd: 900 });
    await reserve(asked);
    await settle(asked.id, { tokens: 0, microUsd: 0 });
    expect(await used('several')).toEqual({ requests: 1, tokens: 0, money: 0, places: 0 });
  });

  it('is given back whole when it is cancelled', async () => {
    const asked = request('several', { requests: 1, tokens: 400, microUsd: 900 });
    await reserve(asked);
    expect(await one(1).get(SettlementService).cancel({ tenant, id: asked.id })).toBe(true);
    expect(await one(0).get(SettlementService).cancel({ tenant, id: asked.id })).toBe(false);
    expect(await used('several')).toEqual({ requests: 0, tokens: 0, money: 0, places: 0 });
  });

  it('is settled once, however often and wherever it is asked for', async () => {
    const asked = request('several', { requests: 1, tokens: 400 });
    await reserve(asked);
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) => settle(asked.id, { tokens: 10 }, index % 2)),
    );
    expect(replies.filter(({ settled }) => settled)).toHaveLength(1);
    expect(await settle(asked.id, { tokens: 700 })).toEqual({ settled: false, limits: [] });
    expect(await used('several')).toMatchObject({ tokens: 10, places: 0 });
  });

  it('that nobody made is not settled', async () => {
    expect(await settle(newId(), { tokens: 700 })).toEqual({ settled: false, limits: [] });
  });

  it('of one id is made once, however often and wherever it is asked for', async () => {
    const asked = request('tokens', { tokens: 100 });
    const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => reserve(asked, index % 2)));
    expect(new Set(replies.map(({ allowed, expiresAt }) => `${allowed} ${expiresAt}`)).size).toBe(1);
    expect(await used('tokens')).toEqual({ tokens: 100 });
    await settle(asked.id, { tokens: 5 });
    await expect(reserve(asked)).rejects.toMatchObject({ code: 'conflict' });
    expect(await used('tokens')).toEqual({ tokens: 5 });
  });

  it('is denied when one limit denies, and changes no key', async () => {
    await reserve(request('several', { requests: 1, tokens: 900 }));
    const before = await dump();
    const denied = await reserve(request('several', { requests: 1, tokens: 101 }));
    expect(denied).toMatchObject({ allowed: false, binding: 'tokens' });
    expect(denied.expiresAt).toBeUndefined();
    expect(denied.limits).toHaveLength(4);
    expect(await dump()).toEqual(before);
  });

  it('needs either a cost or an estimate', async () => {
    const { cost: _, ...neither } = request('tokens', {});
    await expect(reserve(neither)).rejects.toMatchObject({ code: 'invalid_request' });
    const both = request('tokens', {}, { estimate: { model: 'm', inputTokens: 1 } });
    await expect(reserve(both)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('without any limit costs nothing, and leaves nothing behind', async () => {
    const { policy: _, ...asked } = request('', { tokens: 5 });
    expect(await reserve(asked)).toEqual({ allowed: true, id: asked.id, limits: [], reserved: { tokens: 5 } });
    expect(await client.keys(`${keyPrefix}:reservation:*${asked.id}`)).toEqual([]);
  });
});

/** Everything that Redis holds of limits and reservations, save what sweepers note. */
async function dump(): Promise<Record<string, string>> {
  const keys = (await client.keys(`${keyPrefix}:*`)).filter((key) => !key.endsWith(':reserving-tenants')).sort();
  const values = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
  return Object.fromEntries(keys.map((key, index) => [key, values[index]!.toString('hex')]));
}

describe('an estimated reservation', () => {
  const estimated = (members: Partial<ReserveLimitsRequest>): ReserveLimitsRequest => {
    const { cost: _, ...asked } = request('wide', {}, members);
    return asked;
  };

  it('knows from settled ones how long answers are', async () => {
    const estimate = { model: 'gpt-4o-mini', inputTokens: 10 };
    for (let serial = 0; serial < 20; serial += 1) {
      const asked = estimated({ estimate });
      expect((await reserve(asked)).reserved.outputTokens).toBe(1_024);
      await settle(asked.id, { inputTokens: 10, outputTokens: 200 });
    }
    const guessed = estimated({ estimate });
    await reserve(guessed);
    await one().get(SettlementService).settle({ tenant, id: guessed.id }, { outputTokens: 9_000 }, true);
    // The other replica has not looked yet, so that it holds nothing older.
    await until('what was learned', async () => {
      const answers = await client.hget(lengthsKey(estimate.model), 'answers');
      return answers === '20';
    });
    const { reserved } = await reserve(estimated({ estimate }), 1);
    expect(reserved.outputTokens).toBeGreaterThanOrEqual(200);
    expect(reserved.outputTokens).toBeLessThanOrEqual(240);
    expect((await reserve(estimated({ estimate: { ...estimate, model: 'other' } }), 1)).reserved.outputTokens).toBe(
      1_024,
    );
  });

  it('takes one place, and no request', async () => {
    const asked = request('several', {}, { estimate: { model: 'm', inputTokens: 10, maxOutputTokens: 20 } });
    const { cost: _, ...estimate } = asked;
    await reserve(estimate);
    expect(await used('several')).toEqual({ requests: 0, tokens: 30, money: 0, places: 1 });
  });
});

function lengthsKey(model: string): string {
  return `${keyPrefix}:output-lengths:{${tenant}}:${createHash('sha256').update(model).digest('hex')}`;
}

describe('a denied reservation', () => {
  const operationId = newId();

  it('gives the request unit of its check back, once', async () => {
    const question = { tenant, policy: 'minute', subject: subject() };
    const checked = await one()
      .get(CheckService)
      .check({ ...question, cost: { requests: 1 }, operationId });
    await one()
      .get(CheckService)
      .check({ ...question, cost: { requests: 1 } });
    expect(await used('minute')).toEqual({ requests: 2 });
    const asked = request('tokens', { tokens: 2_000 }, { refund: checked.receipt! });
    expect((await reserve(asked)).allowed).toBe(false);
    expect(await used('minute')).toEqual({ requests: 1 });
    expect((await reserve(asked, 1)).allowed).toBe(false);
    expect(await used('minute')).toEqual({ requests: 1 });
  });

  it('keeps the request unit where it is allowed', async () => {
    const question = { tenant, policy: 'minute', subject: subject() };
    const { receipt } = await one()
      .get(CheckService)
      .check({ ...question, cost: { requests: 1 }, operationId });
    expect((await reserve(request('tokens', { tokens: 20 }, { refund: receipt! }))).allowed).toBe(true);
    expect(await used('minute')).toEqual({ requests: 1 });
  });

  it('refuses a receipt that no check wrote', async () => {
    const asked = request(
      'tokens',
      { tokens: 2_000 },
      { refund: Buffer.from('[{"place":"x"}]').toString('base64url') },
    );
    await expect(reserve(asked)).rejects.toMatchObject({ code: 'invalid_request', details: { param: 'refund' } });
  });
});

describe('a holder that does not come back', () => {
  const brief = { ttlSeconds: 1 };

  it('leaves nothing taken beyond the deadline: tokens, money, requests and places are free again', async () => {
    const asked = request('several', { requests: 1, tokens: 400, microUsd: 900 }, brief);
    await reserve(asked);
    await until('the sweep', async () => (await used('several')).tokens === 0);
    expect(await used('several')).toEqual({ requests: 0, tokens: 0, money: 0, places: 0 });
    expect(await settle(asked.id, { tokens: 5 })).toEqual({ settled: false, limits: [] });
    expect(await used('several')).toMatchObject({ tokens: 0 });
  });

  it('keeps what it reserved where the call may have been made, and no place', async () => {
    const asked = request('several', { requests: 1, tokens: 400 }, { ...brief, keepOnExpiry: true });
    await reserve(asked);
    await until('the sweep', async () => (await used('several')).places === 0);
    expect(await used('several')).toEqual({ requests: 1, tokens: 400, money: 0, places: 0 });
    expect((await settle(asked.id, { tokens: 5 })).settled).toBe(false);
    expect(await used('several')).toMatchObject({ tokens: 400 });
  });

  it('settles too late, even before anybody swept', async () => {
    const asked = request('tokens', { tokens: 100 }, brief);
    await reserve(asked);
    const key = `${keyPrefix}:reservation:{${tenant}}:${asked.id}`;
    await client.hset(key, 'deadline', Date.now() - 1);
    expect((await settle(asked.id, { tokens: 70 })).settled).toBe(false);
    expect(await used('tokens')).toEqual({ tokens: 0 });
    expect(await client.hget(key, 'state')).toBe('expired');
  });

  it('is listed until then, page by page', async () => {
    const ids = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const asked = { ...request('tokens', { tokens: 1 }), tenant: 'listed' };
        await reserve(asked);
        return asked.id;
      }),
    );
    const outstanding = one().get(OutstandingService);
    const seen: string[] = [];
    let cursor: string | undefined;
    for (;;) {
      const page = await outstanding.list('listed', 2, cursor);
      seen.push(...page.data.map(({ id }) => id));
      expect(page.data[0]).toMatchObject({ reserved: { tokens: 1 }, policy: 'tokens', keepOnExpiry: false });
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(seen.toSorted()).toEqual(ids.toSorted());
    await one().get(SettlementService).cancel({ tenant: 'listed', id: ids[0]! });
    expect((await outstanding.list('listed', 10)).data).toHaveLength(4);
  });
});

it('every key of a reservation expires', async () => {
  await reserve(request('several', { requests: 1, tokens: 1 }));
  for (const key of await client.keys(`${keyPrefix}:*`)) expect([key, await client.pttl(key)]).not.toEqual([key, -1]);
});
