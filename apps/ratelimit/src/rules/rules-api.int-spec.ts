import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SwaggerModule, DocumentBuilder } from '@nestjs/swagger';
import { Redis } from 'ioredis';
import { randomBytes } from 'node:crypto';
import { LimitAssignment, LimitPolicy } from '#contracts';
import { LarderConfig } from '#service';
import { keyNamed, keySettings, startLimitsApp, type LimitsApp } from '../../../../test/limits/limits-app.js';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';

jest.setTimeout(60_000);

let redis: RunningRedis;
let client: Redis;
let first: LimitsApp;
let second: LimitsApp;
let tenant: string;

const fixed = {
  name: 'rpm',
  scope: ['user'],
  unit: 'requests',
  algorithm: 'fixed-window',
  capacity: 2,
  windowSeconds: 3_600,
};
const keyPrefix = `t${randomBytes(6).toString('hex')}`;
const limitOf = async (app: LimitsApp, subject: object) => {
  const { body } = await app.call('POST', '/peek', { tenant, subject });
  return (body['limits'] as { limit: number; policy: string }[]).map(({ limit, policy }) => `${policy} ${limit}`);
};
const idsOf = ({ body }: { body: Record<string, unknown> }, member: string) =>
  (body['data'] as Record<string, string>[]).map((item) => item[member]!);

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
  const config = new LarderConfig();
  config.apiKeys = [keySettings('plain', 'acme', ['limits'])];
  config.limitPolicies = [Object.assign(new LimitPolicy(), { name: 'filed', limits: [{ ...fixed, capacity: 9 }] })];
  config.limitAssignments = [Object.assign(new LimitAssignment(), { policy: 'filed', tenant: 'filed-tenant' })];
  const options = { redisUrl: redis.url, keyPrefix, config };
  [first, second] = [await startLimitsApp(options), await startLimitsApp(options)];
});

afterAll(async () => {
  await Promise.all([first, second].map((replica) => replica.app.close()));
  client.disconnect();
  await redis.stop();
});

beforeEach(() => {
  tenant = `t${randomBytes(4).toString('hex')}`;
});

const put = (name: string, capacity: number, more: object = {}) =>
  first.call('PUT', `/policies/${name}`, { limits: [{ ...fixed, capacity, ...more }] });
const assign = (assignment: object) => first.call('POST', '/assignments', assignment);

describe('a policy', () => {
  it('is set, shown, listed in pages, replaced and deleted', async () => {
    expect(await put('p1', 2)).toMatchObject({ status: 200, body: { name: 'p1', limits: [fixed] } });
    await put('p2', 3);
    expect((await first.call('GET', '/policies/p1')).body).toEqual({ name: 'p1', limits: [fixed] });
    const [one, other] = [await first.call('GET', '/policies?limit=2'), await first.call('GET', '/policies')];
    expect(idsOf(one, 'name')).toEqual(['filed', 'p1']);
    const next = await first.call('GET', `/policies?cursor=${String(one.body['nextCursor'])}`);
    expect([...idsOf(one, 'name'), ...idsOf(next, 'name')]).toEqual(idsOf(other, 'name'));
    expect(idsOf(other, 'name')).toEqual(expect.arrayContaining(['p2', 'requests-60-per-user-minute']));
    expect((await put('p1', 4)).body).toMatchObject({ limits: [{ capacity: 4 }] });
    expect((await first.call('DELETE', '/policies/p1')).status).toBe(204);
    expect((await first.call('GET', '/policies/p1')).status).toBe(404);
    expect((await first.call('DELETE', '/policies/p1')).status).toBe(404);
  });

  it('can be sent back as it came', async () => {
    const { body } = await put('same', 2, { burst: undefined, shadow: true });
    expect(await first.call('PUT', '/policies/same', body)).toMatchObject({ status: 200, body });
    expect((await first.call('PUT', '/policies/other', body)).status).toBe(400);
  });

  it('is known to another replica by itself', async () => {
    await put('spread', 2);
    await until('the other replica knows', async () => (await second.call('GET', '/policies/spread')).status === 200);
    await first.call('DELETE', '/policies/spread');
    await until('it knows of the end', async () => (await second.call('GET', '/policies/spread')).status === 404);
  });

  it('that is settled can be replaced, and holds again', async () => {
    for (const name of ['filed', 'requests-60-per-user-minute']) {
      const before = (await first.call('GET', `/policies/${name}`)).body;
      expect((await first.call('DELETE', `/policies/${name}`)).status).toBe(409);
      await put(name, 77);
      expect((await first.call('GET', `/policies/${name}`)).body).toMatchObject({ limits: [{ capacity: 77 }] });
      expect((await first.call('DELETE', `/policies/${name}`)).status).toBe(204);
      expect((await first.call('GET', `/policies/${name}`)).body).toEqual(before);
    }
  });

  it('with faults is refused, with all of them', async () => {
    const limits = [
      { ...fixed, capacity: -1, windowSeconds: 0, scope: ['planet'] },
      { ...fixed, weights: { big: 3 }, limitless: true },
    ];
    const { status, body } = await first.call('PUT', '/policies/bad', { limits });
    expect(status).toBe(400);
    const text = JSON.stringify(body);
    for (const member of ['limits.0.capacity', 'limits.0.windowSeconds', 'limits.0.scope', 'limits.1.weights']) {
      expect(text).toContain(member);
    }
    expect(text.split('limits.0.windowSeconds must not be less than 1')).toHaveLength(2);
    expect(text).toContain('limits must have names of their own');
    expect(text).toContain('limits.1.limitless is not known');
    expect((await first.call('GET', '/policies/bad')).status).toBe(404);
  });

  it.each([
    ['no limits', {}],
    ['an empty list of limits', { limits: [] }],
    ['limits that are none', { limits: 'all' }],
    ['a limit that is none', { limits: [null] }],
    ['an unknown member', { limits: [fixed], tenant: 'acme' }],
    ['a share of more than one', { limits: [fixed], nearLimit: 2 }],
    ['a list', []],
  ])('with %s is refused', async (_, body) => {
    expect((await first.call('PUT', '/policies/bad', body)).status).toBe(400);
  });

  it.each(['a:b', 'a b', 'x'.repeat(129)])('of the name %j is refused', async (name) => {
    expect((await put(encodeURIComponent(name), 2)).status).toBe(400);
  });

  it('is shown to every key, and changed by administrators', async () => {
    const key = keyNamed('plain');
    expect((await first.call('GET', '/policies', undefined, key)).status).toBe(200);
    expect((await first.call('PUT', '/policies/x', { limits: [fixed] }, key)).status).toBe(403);
    expect((await first.call('DELETE', '/policies/x', undefined, key)).status).toBe(403);
    expect((await first.call('GET', '/assignments', undefined, key)).status).toBe(403);
    expect((await first.call('POST', '/blocks', { user: 'ann' }, key)).status).toBe(403);
  });
});

describe('an assignment', () => {
  it('makes a policy count for whom it names, and the more specific one replaces limits of the same name', async () => {
    for (const [name, capacity] of [
      ['a1', 1],
      ['a2', 2],
      ['a3', 3],
    ] as const)
      await put(name, capacity);
    await put('more', 5, { name: 'other' });
    await assign({ policy: 'a1', tenant });
    await assign({ policy: 'more', tenant });
    await assign({ policy: 'a2', tenant, key: 'k1' });
    await assign({ policy: 'a3', tenant, user: 'ann@example.org' });
    expect(await limitOf(first, {})).toEqual(['a1 1', 'more 5']);
    expect(await limitOf(first, { key: 'k1', user: 'bob' })).toEqual(['more 5', 'a2 2']);
    expect(await limitOf(first, { key: 'k1', user: 'ann@example.org' })).toEqual(['more 5', 'a3 3']);
    await until('the other replica agrees', async () => {
      const limits = await limitOf(second, { key: 'k1', user: 'ann@example.org' });
      return limits.join() === 'more 5,a3 3';
    });
  });

  it('is one, however often it is made, and ends when it is deleted', async () => {
    await put('once', 1);
    const [made, again] = [await assign({ policy: 'once', tenant }), await assign({ policy: 'once', tenant })];
    expect(made).toMatchObject({
      status: 201,
      body: { id: expect.stringMatching(/^[0-9a-f]{32}$/), policy: 'once', tenant },
    });
    expect(again.body).toEqual(made.body);
    const list = await first.call('GET', `/assignments?tenant=${tenant}`);
    expect(list.body).toEqual({ data: [made.body], nextCursor: null });
    expect((await first.call('DELETE', '/policies/once')).status).toBe(409);
    expect((await first.call('DELETE', `/assignments/${String(made.body['id'])}`)).status).toBe(204);
    expect((await first.call('DELETE', `/assignments/${String(made.body['id'])}`)).status).toBe(404);
    expect(await limitOf(first, {})).toEqual([]);
    await until('the other replica agrees', async () => (await limitOf(second, {})).length === 0);
    expect((await first.call('DELETE', '/policies/once')).status).toBe(204);
  });

  it('is listed in pages', async () => {
    await put('many', 1);
    for (let user = 0; user < 5; user += 1) await assign({ policy: 'many', tenant, user: `u${user}` });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await first.call(
        'GET',
        `/assignments?policy=many&limit=2${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...idsOf(page, 'user'));
      cursor = page.body['nextCursor'] as string | null;
    } while (cursor);
    expect(seen.sort()).toEqual(['u0', 'u1', 'u2', 'u3', 'u4']);
    expect((await first.call('GET', '/assignments?cursor=%25')).status).toBe(400);
    expect((await first.call('GET', '/assignments?limit=0')).status).toBe(400);
  });

  it('of the configuration file holds, and cannot be deleted', async () => {
    const { body } = await first.call('GET', '/assignments?tenant=filed-tenant');
    const [filed] = body['data'] as { id: string; policy: string }[];
    expect(filed).toMatchObject({ policy: 'filed' });
    expect((await first.call('DELETE', `/assignments/${filed!.id}`)).status).toBe(409);
    tenant = 'filed-tenant';
    expect(await limitOf(first, {})).toEqual(['filed 9']);
  });

  it.each([
    ['no policy', {}],
    ['a policy that there is not', { policy: 'silver' }],
    ['a user of no tenant', { policy: 'filed', user: 'ann' }],
    ['a key and a user', { policy: 'filed', tenant: 'acme', key: 'k1', user: 'ann' }],
    ['a tenant that could forge a key', { policy: 'filed', tenant: 'a:b' }],
    ['an unknown member', { policy: 'filed', model: 'gpt-4o' }],
  ])('with %s is refused', async (_, assignment) => {
    expect((await assign(assignment)).status).toBe(400);
  });
});

describe('a block', () => {
  it('names whom it is for', async () => {
    expect((await first.call('POST', '/blocks', {})).status).toBe(400);
  });

  it('refuses its subject everything until it is lifted', async () => {
    const ask = { tenant, subject: { user: 'ann', key: 'k1' }, cost: { requests: 1 } };
    const made = await first.call('POST', '/blocks', { tenant, user: 'ann' });
    expect(made).toMatchObject({ status: 201, body: { tenant, user: 'ann' } });
    const refused = { allowed: false, binding: 'block', limits: [{ name: 'block', limit: 0, retryAfterMs: null }] };
    expect((await first.call('POST', '/check', ask)).body).toMatchObject(refused);
    expect((await first.call('POST', '/peek', ask)).body).toMatchObject(refused);
    expect((await first.call('POST', '/check', { ...ask, subject: { user: 'bob' } })).body['allowed']).toBe(true);
    await until('the other replica refuses', async () => {
      return (await second.call('POST', '/check', ask)).body['allowed'] === false;
    });
    expect((await first.call('GET', `/blocks?tenant=${tenant}`)).body).toEqual({ data: [made.body], nextCursor: null });
    expect((await first.call('DELETE', `/blocks/${String(made.body['id'])}`)).status).toBe(204);
    expect((await first.call('POST', '/check', ask)).body['allowed']).toBe(true);
    expect((await first.call('DELETE', `/blocks/${String(made.body['id'])}`)).status).toBe(404);
  });

  it('ends by itself when its time is over', async () => {
    const ask = { tenant, subject: { key: 'k1' }, cost: { requests: 1 } };
    await first.call('POST', '/blocks', { tenant, key: 'k1', until: new Date(Date.now() + 60_000).toISOString() });
    const { body } = await first.call('POST', '/check', ask);
    expect(body).toMatchObject({ allowed: false, limits: [{ retryAfterMs: expect.any(Number) }] });
    await first.call('POST', '/blocks', { tenant, key: 'k1', ttlSeconds: 1 });
    await until('it is over', async () => (await first.call('POST', '/check', ask)).body['allowed'] === true);
    expect((await first.call('GET', `/blocks?tenant=${tenant}`)).body['data']).toEqual([]);
  });

  it('may be of a whole tenant', async () => {
    await first.call('POST', '/blocks', { tenant });
    expect((await first.call('POST', '/check', { tenant, subject: { user: 'x' } })).body['binding']).toBe('block');
  });

  it.each([
    ['a time that is over', { until: '2020-01-01T00:00:00Z' }],
    ['two times', { until: '2099-01-01T00:00:00Z', ttlSeconds: 5 }],
    ['a time that is none', { until: 'tomorrow' }],
    ['a key and a user', { key: 'k1', user: 'ann' }],
    ['a user of no length', { user: '' }],
  ])('with %s is refused', async (_, block) => {
    expect((await first.call('POST', '/blocks', { tenant, ...block })).status).toBe(400);
  });
});

describe('rules', () => {
  it('that vanish, as by a flush, are forgotten, and new ones go on to arrive', async () => {
    await put('lost', 1);
    await until('the other replica knows', async () => (await second.call('GET', '/policies/lost')).status === 200);
    await client.flushall();
    await put('found', 1);
    await until('the other replica has read anew', async () => {
      const [lost, found] = [await second.call('GET', '/policies/lost'), await second.call('GET', '/policies/found')];
      return lost.status === 404 && found.status === 200;
    });
  });

  it('that nobody understands are passed over', async () => {
    const key = `${keyPrefix}:limits:{rules}`;
    const spoilt = { 'policy:spoilt': '{"name":"spoilt","limits":[{}]}', 'policy:torn': '{', 'other:x': '{}' };
    await client.hset(`${key}:rules`, spoilt);
    for (const id of Object.keys(spoilt)) await client.zadd(`${key}:changes`, Date.now(), id);
    await put('behind', 1);
    expect((await first.call('GET', '/policies/behind')).status).toBe(200);
    expect((await first.call('GET', '/policies/spoilt')).status).toBe(404);
  });
});

it('documents every path, and no schema that is missing', () => {
  const docs = SwaggerModule.createDocument(first.app, new DocumentBuilder().build());
  const paths = ['policies', 'policies/{name}', 'assignments', 'blocks', 'check', 'peek', 'usage', 'reset'];
  expect(Object.keys(docs.paths)).toEqual(expect.arrayContaining(paths.map((path) => `/v1/limits/${path}`)));
  const schemas = Object.keys(docs.components?.schemas ?? {});
  const named = [...JSON.stringify(docs).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name);
  expect(schemas).toEqual(expect.arrayContaining(named));
});
