import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { lookUp, storeAnswer } from '#contracts';
import { RpcClient } from '#redis-streams';
import { CacheSettings, createService, LarderConfig, ServiceEnv } from '#service';
import { storedEntry } from '../../../test/cache/cache-replica.js';
import { startRedis, type RunningRedis } from '../../../test/redis/index.js';
import { CacheModule } from './cache.module.js';
import { defaultPolicy } from './policy/cache-policy.js';

let redis: RunningRedis;
let app: NestFastifyApplication;
let url: string;

async function call(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, payload?: object) {
  const request = {
    method,
    ...(payload && { body: JSON.stringify(payload), headers: { 'content-type': 'application/json' } }),
  };
  const response = await fetch(`${url}/v1/caches${path}`, request);
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: text ? (JSON.parse(text) as unknown) : undefined,
  };
}

beforeAll(async () => {
  redis = await startRedis();
  const config = new LarderConfig();
  config.caches = [Object.assign(new CacheSettings(), { id: 'configured', ttlSeconds: 60, honourCacheControl: false })];
  const env = Object.assign(new ServiceEnv(), {
    redisUrl: redis.url,
    keyPrefix: `t${randomBytes(6).toString('hex')}`,
    logLevel: 'silent',
  });
  app = await createService({ name: 'cache', defaultPort: 0, modules: [CacheModule], rpc: 'local' }, env, config);
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});

afterAll(async () => {
  await app.close();
  await redis.stop();
});

describe('a cache over REST', () => {
  it('has the defaults until it is set, and the configured values where there are any', async () => {
    expect((await call('GET', '/fresh')).body).toEqual({ cacheId: 'fresh', ...defaultPolicy });
    const configured = { ...defaultPolicy, ttlSeconds: 60, honourCacheControl: false };
    expect((await call('GET', '/configured')).body).toEqual({ cacheId: 'configured', ...configured });
  });

  it('is set as a whole, and listed', async () => {
    const put = await call('PUT', '/faq', { ttlSeconds: 3_600, attributes: ['locale'] });
    const faq = { cacheId: 'faq', ...defaultPolicy, ttlSeconds: 3_600, attributes: ['locale'] };
    expect(put).toMatchObject({ status: 200, body: faq });
    expect((await call('GET', '/faq')).body).toEqual(faq);
    const list = (await call('GET', '')).body as { data: { cacheId: string }[] };
    expect(list.data.map(({ cacheId }) => cacheId)).toEqual(['configured', 'faq']);
    await call('PUT', '/faq', { attributes: ['locale'] });
    expect((await call('GET', '/faq')).body).toMatchObject({ ttlSeconds: 86_400 });
  });

  it('takes every setting, and forgets those that the next call leaves out', async () => {
    const settings = {
      mode: 'shadow',
      ttlSeconds: 60,
      ttlJitter: 0,
      honourCacheControl: false,
      attributes: ['locale'],
      similarityThreshold: 0.93,
      minPromptLength: 20,
      semanticWithTools: true,
      guards: { entity: false, 'question-word': true },
      ttlRules: [{ name: 'menu', class: 'menu', when: { phrases: ['lunch'] }, ttlSeconds: 60 }],
      slidingTtl: true,
      maxAgeSeconds: 600,
      staleWhileRevalidateSeconds: 5,
      staleIfErrorSeconds: 50,
      maxEntries: 10,
      eviction: 'lfu',
      servedEntries: 'validated',
      minDistinctUsers: 3,
      storeTruncated: true,
    };
    expect((await call('PUT', '/every', settings)).body).toEqual({ cacheId: 'every', ...settings });
    await call('PUT', '/every', {});
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expect((await call('GET', '/every')).body).toEqual({ cacheId: 'every', ...defaultPolicy });
  });

  it('names every fault of its rules', async () => {
    const ttlRules = [
      { name: 'Menu', class: 'menu' },
      { name: 'rest', class: 'rest', ttl: 5 },
    ];
    const { body } = await call('PUT', '/faq', { ttlRules });
    expect(JSON.stringify(body)).toContain('ttlRules[0].name must be');
    expect(JSON.stringify(body)).toContain('ttlRules[1] has no member');
  });

  it.each([
    ['an unknown mode', 'PUT', '/faq', { mode: 'fuzzy' }],
    ['a threshold out of range', 'PUT', '/faq', { similarityThreshold: 1.1 }],
    ['an unknown guard', 'PUT', '/faq', { guards: { numbers: true } }],
    ['a guard that is neither on nor off', 'PUT', '/faq', { guards: { number: 'on' } }],
    ['rules that are none', 'PUT', '/faq', { ttlRules: {} }],
    ['room for no entry', 'PUT', '/faq', { maxEntries: 0 }],
    ['an id that could forge a key', 'GET', '/a:b', undefined],
    ['a TTL of nothing', 'PUT', '/faq', { ttlSeconds: 0 }],
    ['an unknown setting', 'PUT', '/faq', { ttl: 5 }],
    ['too many attributes', 'PUT', '/faq', { attributes: ['a', 'b', 'c', 'd', 'e', 'f'] }],
    ['an entry id of another form', 'GET', '/faq/entries/1', undefined],
    ['a prompt that is too long', 'POST', '/faq/entries/search', { prompt: 'x'.repeat(1_025) }],
    ['an attribute that is not declared', 'POST', '/faq/entries/search', { prompt: 'x', attributes: { other: 'a' } }],
    ['an attribute with a comma', 'POST', '/faq/entries/search', { prompt: 'x', attributes: { locale: 'a,b' } }],
    ['an unknown strategy', 'POST', '/faq/entries/search', { prompt: 'x', searchStrategies: ['fuzzy'] }],
    ['a TTL beyond a year', 'POST', '/faq/entries', { prompt: 'x', response: 'y', ttlMillis: 31_556_952_001 }],
    ['a day that no calendar has', 'GET', '/faq/stats?from=2026-02-30&to=2026-03-01', undefined],
    ['days in the wrong order', 'GET', '/faq/stats?from=2026-03-02&to=2026-03-01', undefined],
  ] as const)('refuses %s as a problem', async (_, method, path, payload) => {
    const { status, type, body } = await call(method, path, payload);
    expect({ status, type }).toEqual({
      status: 400,
      type: expect.stringContaining('application/problem+json'),
    });
    expect(body).toMatchObject({ status: 400, title: expect.any(String) });
  });

  it('tells statistics, empty ones too', async () => {
    const { status, body } = await call('GET', '/unused/stats');
    expect({ status, body }).toMatchObject({ status: 200, body: { hitsExact: 0, savedUsd: '0.000000', byDay: {} } });
  });
});

it('documents every path, and no schema that is missing', () => {
  const docs = SwaggerModule.createDocument(app, new DocumentBuilder().build());
  const ofOneCache = ['', '/flush', '/stats', '/invalidate', '/entries', '/entries/search', '/entries/{entryId}'];
  const paths = ['/v1/caches', '/v1/savings', ...ofOneCache.map((path) => `/v1/caches/{cacheId}${path}`)];
  expect(Object.keys(docs.paths)).toEqual(expect.arrayContaining(paths));
  const schemas = Object.keys(docs.components?.schemas ?? {});
  const named = [...JSON.stringify(docs).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name);
  expect(schemas).toEqual(expect.arrayContaining(named));
  expect(schemas).not.toContain('LookUpRequest');
});

describe('entries of applications', () => {
  it('are read, deleted and flushed', async () => {
    const store = async () =>
      ((await call('POST', '/app2/entries', { prompt: 'p', response: 'r' })).body as { entryId: string }).entryId;
    const first = await store();
    expect((await call('GET', `/app2/entries/${first}`)).body).toMatchObject({
      entryId: first,
      kind: 'prompt',
      answer: { prompt: 'p', response: 'r', attributes: {} },
    });
    expect((await call('DELETE', `/app2/entries/${first}`)).status).toBe(204);
    expect((await call('DELETE', `/app2/entries/${first}`)).status).toBe(204);
    expect((await call('GET', `/app2/entries/${first}`)).status).toBe(404);
    const second = await store();
    expect((await call('POST', '/app2/flush')).status).toBe(204);
    expect((await call('GET', `/app2/entries/${second}`)).status).toBe(404);
    const exact = { prompt: 'p', searchStrategies: ['exact'] };
    expect((await call('POST', '/app2/entries/search', exact)).body).toEqual({ data: [] });
  });

  it('live for the time that was asked for', async () => {
    const search = { prompt: 'p', searchStrategies: ['exact'] };
    await call('POST', '/app3/entries', { prompt: 'p', response: 'r', ttlMillis: 100 });
    expect((await call('POST', '/app3/entries/search', search)).body).toMatchObject({ data: [{ prompt: 'p' }] });
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect((await call('POST', '/app3/entries/search', search)).body).toEqual({ data: [] });
  });
});

describe('the cache over RPC', () => {
  const address = { tenant: 'default', cacheId: 'rpc', exactKey: 'ab'.repeat(32) };

  it('shows a chat answer over REST too', async () => {
    const rpc = app.get(RpcClient, { strict: false });
    const use = { model: 'm1', tokens: 3, costMicroUsd: 7, latencyMs: 9 };
    const { entryId } = storedEntry(await rpc.call(storeAnswer, { ...address, ...use, answer: '{"id":"chatcmpl-1"}' }));
    expect(await rpc.call(lookUp, { ...address, model: 'm1' })).toMatchObject({ hit: true, entryId });
    expect((await call('GET', `/rpc/entries/${entryId}`)).body).toMatchObject({
      ...use,
      kind: 'chat',
      answer: { id: 'chatcmpl-1' },
    });
  });

  it('obeys no-cache and max-age, unless the policy of the cache overlooks them', async () => {
    const rpc = app.get(RpcClient, { strict: false });
    const answer = { answer: '{"a":1}', model: 'm1', tokens: 1, costMicroUsd: 1, latencyMs: 1 };
    for (const [cacheId, hit] of [
      ['obedient', false],
      ['configured', true],
    ] as const) {
      const stored = { ...address, cacheId };
      await rpc.call(storeAnswer, { ...stored, ...answer });
      expect(await rpc.call(lookUp, { ...stored, model: 'm1' })).toMatchObject({ hit: true });
      const fresh = await rpc.call(lookUp, { ...stored, model: 'm1', noCache: true, maxAgeSeconds: 60 });
      expect(fresh).toMatchObject(hit ? { hit } : { hit, reason: 'no-cache', flight: 'none' });
    }
  });

  it.each([
    ['tenant', { tenant: 'a:b' }],
    ['cacheId', { cacheId: '' }],
    ['exactKey', { exactKey: 'What is a cache?' }],
    ['flightToken', { flightToken: '*' }],
  ])('refuses a %s that could forge a key', async (_, forged) => {
    const rpc = app.get(RpcClient, { strict: false });
    const asked = rpc.call(lookUp, { ...address, model: 'm1', ...forged });
    await expect(asked).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('refuses a generation that is not a number', async () => {
    const rpc = app.get(RpcClient, { strict: false });
    const use = { model: 'm1', tokens: 3, costMicroUsd: 7, latencyMs: 9 };
    const asked = rpc.call(storeAnswer, { ...address, ...use, answer: '{}', generation: '1:x' });
    await expect(asked).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
