import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { checkLimits, peekLimits } from '#contracts';
import { RpcClient } from '#redis-streams';
import { LarderConfig, Metrics } from '#service';
import { keyNamed, keySettings, startLimitsApp, type LimitsApp } from '../../../../test/limits/limits-app.js';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';

jest.setTimeout(60_000);

let redis: RunningRedis;
let limits: LimitsApp;

const three = {
  name: 'rpm',
  scope: ['user'],
  unit: 'requests',
  algorithm: 'fixed-window',
  capacity: 3,
  windowSeconds: 3_600,
};
const budget = {
  name: 'tpd',
  scope: ['tenant'],
  unit: 'tokens',
  algorithm: 'calendar-window',
  capacity: 100,
  period: 'day',
};
const freshUser = () => `u${randomBytes(6).toString('hex')}`;
const plainKey = keyNamed('plain');

beforeAll(async () => {
  redis = await startRedis();
  const config = new LarderConfig();
  config.apiKeys = [
    keySettings('plain', 'acme', ['limits']),
    keySettings('pinned', 'acme', ['limits'], 'ann'),
    keySettings('chat', 'acme', ['chat']),
  ];
  limits = await startLimitsApp({ redisUrl: redis.url, config });
  await limits.call('PUT', '/policies/gold', { limits: [three, budget] });
});

afterAll(async () => {
  await limits.app.close();
  await redis.stop();
});

describe('a check', () => {
  it('takes from every limit, and names the one that refuses', async () => {
    const subject = { user: freshUser() };
    const ask = { policy: 'gold', subject, cost: { requests: 1, tokens: 0, microUsd: 0 } };
    const first = await limits.call('POST', '/check', ask, plainKey);
    expect(first).toMatchObject({ status: 200, body: { allowed: true } });
    expect(first.body).not.toHaveProperty('binding');
    expect(first.body['limits']).toMatchObject([
      { policy: 'gold', name: 'rpm', limit: 3, remaining: 2, retryAfterMs: 0, windowSeconds: 3_600 },
      { policy: 'gold', name: 'tpd', limit: 100, remaining: 100, retryAfterMs: 0, windowSeconds: 86_400 },
    ]);
    for (let asked = 0; asked < 2; asked += 1) await limits.call('POST', '/check', ask, plainKey);
    const refused = await limits.call('POST', '/check', ask, plainKey);
    expect(refused).toMatchObject({ status: 200, body: { allowed: false, binding: 'rpm' } });
    expect(refused.body['limits']).toMatchObject([
      { remaining: 0, retryAfterMs: expect.any(Number) },
      { remaining: 100 },
    ]);
  });

  it('takes from none of the limits when one refuses', async () => {
    const subject = { user: freshUser() };
    const ask = { tenant: 'none-taken', policy: 'gold', subject, cost: { requests: 1, tokens: 60 } };
    expect((await limits.call('POST', '/check', ask)).body).toMatchObject({ allowed: true });
    expect((await limits.call('POST', '/check', ask)).body).toMatchObject({ allowed: false, binding: 'tpd' });
    const { body } = await limits.call('GET', `/usage?tenant=none-taken&policy=gold&user=${subject.user}`);
    expect(body['limits']).toMatchObject([{ remaining: 2 }, { remaining: 40 }]);
  });

  it('says of a cost that can never fit that it never will', async () => {
    const ask = { policy: 'gold', subject: { user: freshUser() }, cost: { tokens: 101 } };
    const { body } = await limits.call('POST', '/check', ask);
    expect(body).toMatchObject({ allowed: false, binding: 'tpd' });
    expect(body['limits']).toMatchObject([{ retryAfterMs: 0 }, { retryAfterMs: null }]);
  });

  it('is of one request when no cost is told', async () => {
    const { body } = await limits.call('POST', '/check', { policy: 'gold', subject: { user: freshUser() } });
    expect(body['limits']).toMatchObject([{ remaining: 2 }, { remaining: 100 }]);
  });

  it('allows whatever nothing limits', async () => {
    const { body } = await limits.call('POST', '/check', { subject: { user: freshUser() }, cost: { requests: 1 } });
    expect(body).toEqual({ allowed: true, limits: [] });
  });

  it('counts users who are not named together', async () => {
    const ask = { tenant: 'nameless', policy: 'gold', subject: {}, cost: { requests: 3 } };
    expect((await limits.call('POST', '/check', ask)).body).toMatchObject({ allowed: true });
    expect((await limits.call('POST', '/check', ask)).body).toMatchObject({ allowed: false });
    expect((await limits.call('POST', '/check', { ...ask, subject: { user: 'none' } })).body['allowed']).toBe(true);
  });

  it('tells of a bucket what it holds, and how long that takes to refill', async () => {
    const bucket = { ...three, algorithm: 'token-bucket', capacity: 10, burst: 20, windowSeconds: 60 };
    await limits.call('PUT', '/policies/bursts', { limits: [bucket] });
    const ask = { policy: 'bursts', subject: { user: freshUser() } };
    const { body } = await limits.call('POST', '/check', ask, plainKey);
    expect(body['limits']).toMatchObject([{ limit: 20, windowSeconds: 120, remaining: 19 }]);
  });

  it('of a pinned key never takes what another key may use', async () => {
    await limits.call('PUT', '/policies/by-key', { limits: [{ ...three, scope: ['key'] }] });
    const subject = { key: 'plain' };
    const ask = { policy: 'by-key', subject, cost: { requests: 3 } };
    expect((await limits.call('POST', '/check', ask, keyNamed('pinned'))).body).toMatchObject({ allowed: true });
    const { body } = await limits.call('GET', '/usage?policy=by-key&key=plain', undefined, plainKey);
    expect(body['limits']).toMatchObject([{ remaining: 3 }]);
  });

  it('of an ordinary key looks at what all tenants share, and takes nothing of it', async () => {
    await limits.call('PUT', '/policies/all', { limits: [{ ...three, name: 'all', scope: ['global'] }, three] });
    const ask = { policy: 'all', subject: { user: freshUser() }, cost: { requests: 2 } };
    const allowed = await limits.call('POST', '/check', ask, plainKey);
    expect(allowed.body).toMatchObject({ allowed: true, limits: [{ remaining: 3 }, { remaining: 1 }] });
    await limits.call('POST', '/check', { ...ask, tenant: 'other' });
    const other = { ...ask, subject: { user: freshUser() } };
    const refused = await limits.call('POST', '/check', other, plainKey);
    expect(refused.body).toMatchObject({
      allowed: false,
      binding: 'all',
      limits: [{ remaining: 1 }, { remaining: 3 }],
    });
    const reserved = await limits.call('POST', '/reservations', { ...other, cost: { requests: 1 } }, plainKey);
    const path = `/reservations/${String(reserved.body['id'])}/settle`;
    await limits.call('POST', path, { cost: { requests: 1 } }, plainKey);
    const usage = await limits.call('GET', `/usage?policy=all&user=${other.subject.user}`, undefined, plainKey);
    expect(usage.body['limits']).toMatchObject([{ remaining: 1 }, { remaining: 2 }]);
  });

  it('counts the user that a key is pinned to, whoever else is named', async () => {
    const ask = { policy: 'gold', subject: { user: 'bob' }, cost: { requests: 3 } };
    expect((await limits.call('POST', '/check', ask, keyNamed('pinned'))).body).toMatchObject({ allowed: true });
    expect((await limits.call('GET', '/usage?policy=gold&user=ann', undefined, plainKey)).body['limits']).toMatchObject(
      [{ remaining: 0 }, {}],
    );
  });

  it('keeps tenants apart', async () => {
    const ask = { policy: 'gold', subject: { user: freshUser() }, cost: { requests: 3 } };
    expect((await limits.call('POST', '/check', ask, plainKey)).body).toMatchObject({ allowed: true });
    expect((await limits.call('POST', '/check', { ...ask, tenant: 'other' })).body).toMatchObject({ allowed: true });
    expect((await limits.call('POST', '/check', { ...ask, tenant: 'acme' })).body).toMatchObject({ allowed: false });
  });

  it('is for the presets too', async () => {
    const ask = { policy: 'requests-60-per-user-minute', subject: { user: freshUser() }, cost: { requests: 60 } };
    expect((await limits.call('POST', '/check', ask, plainKey)).body).toMatchObject({ allowed: true });
    expect((await limits.call('POST', '/check', ask, plainKey)).body).toMatchObject({ allowed: false });
    const tokens = { policy: 'tokens-100k-per-user-day', subject: ask.subject, cost: { tokens: 100_000 } };
    expect((await limits.call('POST', '/check', tokens, plainKey)).body).toMatchObject({ allowed: true });
    expect((await limits.call('POST', '/peek', tokens, plainKey)).body).toMatchObject({ allowed: false });
  });

  it.each([
    ['another tenant on an ordinary key', { tenant: 'other' }, plainKey, 403],
    ['a key without the role', {}, keyNamed('chat'), 403],
    ['no key that is known', {}, 'lk_nobody_0123456789abcdef', 401],
    ['a policy that there is not', { policy: 'silver' }, plainKey, 404],
    ['a policy that could forge a key', { policy: 'a:b' }, plainKey, 400],
    ['a negative cost', { cost: { requests: -1 } }, plainKey, 400],
    ['a broken cost', { cost: { tokens: 0.5 } }, plainKey, 400],
    ['an unknown unit', { cost: { words: 1 } }, plainKey, 400],
    ['a cost that is none', { cost: 1 }, plainKey, 400],
    ['a subject that is none', { subject: 'ann' }, plainKey, 400],
    ['an unknown descriptor', { subject: { region: 'eu' } }, plainKey, 400],
    ['a descriptor that is no text', { subject: { custom: { region: 1 } } }, plainKey, 400],
    ['a user of the wrong type', { subject: { user: 7 } }, plainKey, 400],
    ['a list', [], plainKey, 400],
  ])('is refused with %s', async (_, more, key, status) => {
    const body = Array.isArray(more)
      ? more
      : { policy: 'gold', subject: { user: 'x' }, cost: { requests: 1 }, ...more };
    const answer = await limits.call('POST', '/check', body, key);
    expect(answer).toMatchObject({ status, type: expect.stringContaining('application/problem+json') });
  });
});

describe('a peek, and usage,', () => {
  it('take nothing', async () => {
    const subject = { user: freshUser() };
    const ask = { policy: 'gold', subject, cost: { requests: 3 } };
    for (let asked = 0; asked < 2; asked += 1) {
      expect((await limits.call('POST', '/peek', ask, plainKey)).body).toMatchObject({ allowed: true });
    }
    const usage = await limits.call('GET', `/usage?policy=gold&user=${subject.user}`, undefined, plainKey);
    expect(usage).toMatchObject({ status: 200, body: { allowed: true, limits: [{ remaining: 3 }, {}] } });
  });
});

describe('a reset', () => {
  it('forgets what was counted, and is for administrators', async () => {
    const question = { policy: 'gold', subject: { user: freshUser() } };
    const ask = { ...question, tenant: 'acme', cost: { requests: 3 } };
    await limits.call('POST', '/check', ask);
    expect((await limits.call('POST', '/reset', question, plainKey)).status).toBe(403);
    const reset = await limits.call('POST', '/reset', { ...question, tenant: 'acme' });
    expect(reset).toMatchObject({ status: 200, body: { limits: [{ remaining: 3 }, { remaining: 100 }] } });
    expect((await limits.call('POST', '/check', ask)).body).toMatchObject({ allowed: true });
  });
});

describe('by RPC', () => {
  const rpc = () => limits.app.get(RpcClient, { strict: false });

  it('a check answers the same, and a receipt where it may be given back', async () => {
    const question = { tenant: 'rpc', subject: { user: freshUser() }, policy: 'gold', cost: { requests: 1 } };
    expect(await rpc().call(peekLimits, question)).toMatchObject({ allowed: true, limits: [{ remaining: 3 }, {}] });
    expect(await rpc().call(checkLimits, question)).not.toHaveProperty('receipt');
    const named = await rpc().call(checkLimits, { ...question, operationId: 'ab'.repeat(16) });
    expect(named).toMatchObject({ allowed: true, receipt: expect.any(String) });
    await expect(rpc().call(checkLimits, { ...question, policy: 'silver' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it.each([
    ['tenant', { tenant: 'a:b' }],
    ['cost', { cost: { requests: -1 } }],
    ['subject', { subject: { user: { toString: 'x' } } }],
  ])('a forged %s is refused', async (_, forged) => {
    const question = { tenant: 'rpc', subject: {}, cost: { requests: 1 }, ...forged };
    await expect(rpc().call(checkLimits, question as never)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

it('counts decisions, denials, and limits that are nearly reached', async () => {
  const ask = { tenant: 'metrics', policy: 'gold', subject: { user: freshUser() }, cost: { requests: 1 } };
  const metrics = limits.app.get(Metrics, { strict: false });
  const read = async (name: string, labels: object) => {
    const { values } = (await metrics.registry.getSingleMetric(name)?.get()) ?? { values: [] };
    return values.find((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value))?.value ?? 0;
  };
  const of = { policy: 'gold', limit: 'rpm' };
  const all = async () => [
    await read('larder_limit_decisions_total', { ...of, outcome: 'allowed' }),
    await read('larder_limit_decisions_total', { ...of, outcome: 'denied' }),
    await read('larder_limit_near_total', of),
  ];
  const before = await all();
  for (let asked = 0; asked < 4; asked += 1) await limits.call('POST', '/check', ask);
  const after = await all();
  expect(after.map((count, index) => count - before[index]!)).toEqual([3, 1, 1]);
});
