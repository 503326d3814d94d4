import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { invalidateEntries, lookUp, storeAnswer } from '#contracts';
import { RpcClient } from '#redis-streams';
import { ApiKeySettings, createService, LarderConfig, ServiceEnv, type Role } from '#service';
import { storedEntry } from '../../../../test/cache/cache-replica.js';
import { answerTo, ask } from '../../../../test/cache/questions.js';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { CacheModule } from '../cache.module.js';

let redis: RunningRedis;
let app: NestFastifyApplication;
let url: string;

const secret = 's'.repeat(40);
const scope = { tenant: 'default', cacheId: 'faq' };
const turn = 'How do I reset my router password?';

function keyWith(keyId: string, roles: Role[]): ApiKeySettings {
  const sha256 = createHash('sha256').update(secret).digest('hex');
  return Object.assign(new ApiKeySettings(), { keyId, sha256, roles });
}

async function post(path: string, payload: unknown, keyId = 'all') {
  const headers = { 'content-type': 'application/json', authorization: `Bearer lk_${keyId}_${secret}` };
  const response = await fetch(`${url}/v1/caches${path}`, { method: 'POST', headers, body: JSON.stringify(payload) });
  const text = await response.text();
  return { status: response.status, body: text ? (JSON.parse(text) as Record<string, unknown>) : undefined };
}

async function keep(): Promise<string> {
  const rpc = app.get(RpcClient, { strict: false });
  const carried = { tags: ['handbook.pdf'], attributes: { locale: 'en', plan: 'pro' }, writer: 'k1' };
  return storedEntry(await rpc.call(storeAnswer, { ...answerTo({ turn }), ...scope, ...carried, latencyMs: 0 }))
    .entryId;
}

const isHit = async () =>
  (await app.get(RpcClient, { strict: false }).call(lookUp, { ...ask({ turn }), ...scope })).hit;

beforeAll(async () => {
  redis = await startRedis();
  const config = new LarderConfig();
  config.apiKeys = [
    keyWith('all', ['cache:read', 'cache:write', 'cache:feedback']),
    keyWith('reader', ['cache:read', 'chat']),
  ];
  const env = Object.assign(new ServiceEnv(), {
    redisUrl: redis.url,
    keyPrefix: `t${randomBytes(6).toString('hex')}`,
    logLevel: 'silent',
    adminKey: 'a'.repeat(40),
  });
  app = await createService({ name: 'cache', defaultPort: 0, modules: [CacheModule], rpc: 'local' }, env, config);
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});

afterAll(async () => {
  await app.close();
  await redis.stop();
});

describe('invalidation over REST', () => {
  it.each([[{ tag: 'handbook.pdf' }], [{ attributes: { plan: 'pro' } }], [{ model: 'm1' }], [{ writer: 'k1' }]])(
    'by %j tells how many entries are gone',
    async (selection) => {
      await keep();
      expect(await isHit()).toBe(true);
      expect(await post('/faq/invalidate', selection)).toEqual({ status: 200, body: { deletedEntriesCount: 1 } });
      expect(await isHit()).toBe(false);
      expect(await post('/faq/invalidate', selection)).toEqual({ status: 200, body: { deletedEntriesCount: 0 } });
    },
  );

  it.each([
    ['nothing', {}],
    ['two of them', { tag: 'a', model: 'b' }],
    ['no attribute', { attributes: {} }],
    ['a tag that is a list', { tag: 'a,b' }],
    ['an attribute with a comma', { attributes: { locale: 'a,b' } }],
    ['an unknown member', { user: 'ann' }],
    ['a writer that could forge a key', { writer: 'a:b' }],
    ['a model of no length', { model: '' }],
    ['a list', []],
  ])('refuses %s, and deletes nothing', async (_, selection) => {
    await keep();
    const { status, body } = await post('/faq/invalidate', selection);
    expect({ status, body }).toMatchObject({ status: 400, body: { status: 400, title: expect.any(String) } });
    expect(await isHit()).toBe(true);
  });

  it('names the members when there are two or none of them', async () => {
    for (const selection of [{}, { tag: 'a', model: 'b' }]) {
      const { body } = await post('/faq/invalidate', selection);
      expect(JSON.stringify(body)).toContain('Exactly one of tag, attributes, model, writer');
    }
  });

  it('is for keys that may write', async () => {
    expect((await post('/faq/invalidate', { tag: 'a' }, 'reader')).status).toBe(403);
  });

  it('is there for other services too', async () => {
    await keep();
    const rpc = app.get(RpcClient, { strict: false });
    expect(await rpc.call(invalidateEntries, { ...scope, tag: 'handbook.pdf' })).toEqual({ deletedEntriesCount: 1 });
    await expect(rpc.call(invalidateEntries, scope)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('feedback over REST', () => {
  it('deletes an entry that was wrong for its own prompt', async () => {
    const entryId = await keep();
    const path = `/faq/entries/${entryId}/feedback`;
    expect((await post(path, { prompt: turn, correct: true })).status).toBe(204);
    expect(await isHit()).toBe(true);
    expect((await post(path, { prompt: turn, correct: false })).status).toBe(204);
    expect(await isHit()).toBe(false);
    expect(await post(path, { prompt: turn, correct: false })).toMatchObject({ status: 404, body: { status: 404 } });
  });

  it.each([
    ['no verdict', { prompt: turn }],
    ['a verdict that is no boolean', { prompt: turn, correct: 'false' }],
    ['no prompt', { correct: false }],
    ['an empty prompt', { prompt: '', correct: false }],
    ['a prompt that is too long', { prompt: 'x'.repeat(16_385), correct: false }],
    ['an unknown member', { prompt: turn, correct: false, score: 1 }],
  ])('refuses %s', async (_, feedback) => {
    const entryId = await keep();
    expect((await post(`/faq/entries/${entryId}/feedback`, feedback)).status).toBe(400);
    expect(await isHit()).toBe(true);
  });

  it('is for keys that may give it', async () => {
    const entryId = await keep();
    const feedback = { prompt: turn, correct: false };
    expect((await post(`/faq/entries/${entryId}/feedback`, feedback, 'reader')).status).toBe(403);
    expect((await post('/faq/entries/1/feedback', feedback)).status).toBe(400);
  });
});
