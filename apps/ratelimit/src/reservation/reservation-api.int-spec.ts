import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { cancelReservation, reserveLimits, settleReservation } from '#contracts';
import { RpcClient } from '#redis-streams';
import { LarderConfig, Metrics } from '#service';
import { keyNamed, keySettings, startLimitsApp, type LimitsApp } from '../../../../test/limits/limits-app.js';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';

jest.setTimeout(60_000);

let redis: RunningRedis;
let limits: LimitsApp;

const requests = {
  name: 'rpm',
  scope: ['user'],
  unit: 'requests',
  algorithm: 'fixed-window',
  capacity: 3,
  windowSeconds: 86_400,
};
const tokens = { ...requests, name: 'tpd', unit: 'tokens', capacity: 1_000 };
const hex = () => randomBytes(16).toString('hex');
const subject = () => ({ user: hex() });
const ordinary = keyNamed('plain');
const metric = async (name: string) => limits.app.get(Metrics).registry.getSingleMetricAsString(name);

beforeAll(async () => {
  redis = await startRedis();
  const config = new LarderConfig();
  config.apiKeys = [
    keySettings('plain', 'acme', ['limits']),
    keySettings('pinned', 'acme', ['limits'], 'ann'),
    keySettings('chat', 'acme', ['chat']),
  ];
  limits = await startLimitsApp({ redisUrl: redis.url, config });
  await limits.call('PUT', '/policies/gold', { limits: [requests, tokens] });
});

afterAll(async () => {
  await limits.app.close();
  await redis.stop();
});

describe('reservations over REST', () => {
  it('are made, listed and settled', async () => {
    const body = { policy: 'gold', subject: subject(), cost: { requests: 1, tokens: 400 } };
    const made = await limits.call('POST', '/reservations', body, ordinary);
    expect(made).toMatchObject({
      status: 201,
      body: { allowed: true, limits: [{ remaining: 2 }, { remaining: 600 }] },
    });
    const { id, expiresAt } = made.body as { id: string; expiresAt: string };
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    const lifeMs = Date.parse(expiresAt) - Date.now();
    expect(lifeMs).toBeLessThanOrEqual(61_000);
    const listed = await limits.call('GET', '/reservations', undefined, ordinary);
    expect(listed.body).toMatchObject({
      data: [{ id, expiresAt, reserved: body.cost, policy: 'gold' }],
      nextCursor: null,
    });
    const settled = await limits.call('POST', `/reservations/${id}/settle`, { cost: { tokens: 150 } }, ordinary);
    expect(settled).toMatchObject({
      status: 200,
      body: { settled: true, limits: [{ remaining: 2 }, { remaining: 850 }] },
    });
    const again = await limits.call('POST', `/reservations/${id}/settle`, { cost: { tokens: 1 } }, ordinary);
    expect(again).toMatchObject({ status: 200, body: { settled: false, limits: [] } });
    expect((await limits.call('GET', '/reservations', undefined, ordinary)).body).toEqual({
      data: [],
      nextCursor: null,
    });
  });

  it('are denied by 429 with the same limits', async () => {
    const body = { policy: 'gold', subject: subject(), cost: { requests: 1, tokens: 600 } };
    await limits.call('POST', '/reservations', body, ordinary);
    const denied = await limits.call('POST', '/reservations', body, ordinary);
    expect(denied).toMatchObject({
      status: 429,
      body: { allowed: false, binding: 'tpd', limits: [{ name: 'rpm', retryAfterMs: 0 }, { name: 'tpd' }] },
    });
    expect(denied.body).not.toHaveProperty('expiresAt');
    const never = await limits.call('POST', '/reservations', { ...body, cost: { tokens: 1_001 } }, ordinary);
    expect(never).toMatchObject({ status: 429, body: { binding: 'tpd', limits: [{}, { retryAfterMs: null }] } });
  });

  it('are given back by DELETE, as often as it is said', async () => {
    const id = 'order-17.retry_2';
    const body = { id, policy: 'gold', subject: subject() };
    expect(await limits.call('POST', '/reservations', body, ordinary)).toMatchObject({ status: 201, body: { id } });
    expect(await limits.call('POST', '/reservations', body, ordinary)).toMatchObject({
      status: 201,
      body: { id, limits: [{ remaining: 2 }, {}] },
    });
    expect((await limits.call('DELETE', `/reservations/${id}`, undefined, ordinary)).status).toBe(204);
    expect((await limits.call('DELETE', `/reservations/${id}`, undefined, ordinary)).status).toBe(204);
    const usage = await limits.call('GET', `/usage?policy=gold&user=${body.subject.user}`, undefined, ordinary);
    expect(usage.body).toMatchObject({ limits: [{ remaining: 3 }, {}] });
    expect((await limits.call('POST', '/reservations', body, ordinary)).status).toBe(409);
  });

  it('belong to their tenant', async () => {
    const body = { policy: 'gold', subject: subject(), cost: { requests: 1 }, tenant: 'other' };
    expect((await limits.call('POST', '/reservations', body, ordinary)).status).toBe(403);
    const { id } = (await limits.call('POST', '/reservations', body)).body as { id: string };
    const foreign = await limits.call('POST', `/reservations/${id}/settle`, { cost: {} }, ordinary);
    expect(foreign.body).toMatchObject({ settled: false });
    const own = await limits.call('POST', `/reservations/${id}/settle`, { cost: {}, tenant: 'other' });
    expect(own.body).toMatchObject({ settled: true });
  });

  it('belong to who made them: a key neither sees nor ends those of a service or of another key', async () => {
    const user = hex();
    const cost = { requests: 1, tokens: 400 };
    const asked = { tenant: 'acme', policy: 'gold', subject: { user }, cost, ttlSeconds: 60, keepOnExpiry: true };
    const ours = hex();
    await limits.app.get(RpcClient).call(reserveLimits, { ...asked, id: ours });
    const body = { policy: 'gold', subject: { user }, cost };
    const pinned = keyNamed('pinned');
    const { id: theirs } = (await limits.call('POST', '/reservations', body, pinned)).body as { id: string };
    for (const id of [ours, theirs]) {
      const settled = await limits.call('POST', `/reservations/${id}/settle`, { cost: { tokens: 0 } }, ordinary);
      expect(settled).toMatchObject({ status: 200, body: { settled: false, limits: [] } });
      expect((await limits.call('DELETE', `/reservations/${id}`, undefined, ordinary)).status).toBe(204);
      expect((await limits.call('POST', '/reservations', { ...body, id }, ordinary)).status).toBe(409);
    }
    const listed = async (query: string, key?: string) => {
      const { body: page } = await limits.call('GET', `/reservations${query}`, undefined, key);
      return (page['data'] as { id: string }[]).map(({ id }) => id).filter((id) => id === ours || id === theirs);
    };
    expect(await listed('', ordinary)).toEqual([]);
    expect(await listed('', pinned)).toEqual([theirs]);
    expect((await listed('?tenant=acme')).sort()).toEqual([ours, theirs].sort());
    expect((await limits.call('DELETE', `/reservations/${theirs}`, undefined, pinned)).status).toBe(204);
    expect((await limits.call('DELETE', `/reservations/${ours}?tenant=acme`)).status).toBe(204);
    expect(await listed('?tenant=acme')).toEqual([]);
  });

  it('of a key that is pinned to a user are that user’s', async () => {
    const body = { policy: 'gold', subject: { user: 'bob' }, cost: { requests: 2 } };
    await limits.call('POST', '/reservations', body, keyNamed('pinned'));
    const left = async (user: string) => {
      const { body: usage } = await limits.call('GET', `/usage?policy=gold&user=${user}`, undefined, ordinary);
      return (usage['limits'] as { remaining: number }[])[0]!.remaining;
    };
    expect([await left('ann'), await left('bob')]).toEqual([1, 3]);
  });

  it.each([
    ['an unknown policy', { policy: 'silver' }, 404],
    ['a cost and an estimate', { cost: {}, estimate: { model: 'm', inputTokens: 1 } }, 400],
    ['an estimate without its model', { estimate: { inputTokens: 1 } }, 400],
    ['a negative cost', { cost: { tokens: -1 } }, 400],
    ['no time at all', { ttlSeconds: 0 }, 400],
    ['more than a day', { ttlSeconds: 86_401 }, 400],
    ['an id that could forge a key', { id: 'a:b' }, 400],
    ['an unknown member', { ttl: 5 }, 400],
  ])('refuse %s', async (_, members, status) => {
    const answer = await limits.call('POST', '/reservations', { policy: 'gold', ...members }, ordinary);
    expect(answer).toMatchObject({ status, type: expect.stringContaining('application/problem+json') });
  });

  it.each([
    ['settling without a cost', 'POST', '/reservations/x/settle', {}, 400],
    ['a foreign cursor', 'GET', '/reservations?cursor=xyz', undefined, 400],
    ['an empty page', 'GET', '/reservations?limit=0', undefined, 400],
    ['another tenant’s list', 'GET', '/reservations?tenant=other', undefined, 403],
  ])('refuse %s', async (_, method, path, body, status) => {
    expect((await limits.call(method, path, body, ordinary)).status).toBe(status);
  });

  it('need their role', async () => {
    expect((await limits.call('GET', '/reservations', undefined, keyNamed('chat'))).status).toBe(403);
  });
});

describe('reservations over RPC', () => {
  const question = () => ({ tenant: 'acme', policy: 'gold', subject: subject() });

  it('estimate a cost, within what a limit admits at all', async () => {
    const rpc = limits.app.get(RpcClient, { strict: false });
    const estimate = { model: 'gpt-4o-mini', inputTokens: 100, outputPer1M: 2 };
    const reply = await rpc.call(reserveLimits, { ...question(), id: hex(), ttlSeconds: 60, estimate });
    const reserved = { inputTokens: 100, outputTokens: 900, microUsd: 1_800 };
    expect(reply).toMatchObject({ allowed: true, reserved, limits: [{ remaining: 3 }, { remaining: 0 }] });
  });

  it('tell what became of them', async () => {
    const rpc = limits.app.get(RpcClient, { strict: false });
    const id = hex();
    await rpc.call(reserveLimits, { ...question(), id, ttlSeconds: 60, cost: { tokens: 10 } });
    await rpc.call(settleReservation, { tenant: 'acme', id, cost: { tokens: 35 }, estimated: true });
    expect(await rpc.call(cancelReservation, { tenant: 'acme', id })).toEqual({ cancelled: false });
    expect(await metric('larder_limit_overshoot_total')).toContain('{unit="tokens"} 25');
    expect(await metric('larder_limit_settlements_total')).toContain('{basis="estimated"} 1');
    expect(await metric('larder_limit_reservations_total')).toMatch(/\{outcome="settled"\} \d+/);
  });
});
