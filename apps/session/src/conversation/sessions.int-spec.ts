import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { LarderConfig, hashSecret, ordinaryRoles, type ApiKeySettings } from '#service';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { startSessionApp, type RunningSessions, type SessionReply } from '../../../../test/session/session-app.js';

jest.setTimeout(120_000);

let redis: RunningRedis;
let client: Redis;
let sessions: RunningSessions;

const secret = 'a-secret-that-is-long-enough';
const key = (keyId: string, more: Partial<ApiKeySettings> = {}) => ({
  ...{ keyId, sha256: hashSecret(secret).toString('hex'), tenant: 'acme', roles: [...ordinaryRoles] },
  ...more,
});
const as = (keyId: string, user?: string) => ({
  authorization: `Bearer lk_${keyId}_${secret}`,
  ...(user !== undefined && { 'x-larder-user': user }),
});

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
  const config = Object.assign(new LarderConfig(), {
    apiKeys: [
      key('app'),
      key('ann', { userId: 'ann' }),
      key('other', { tenant: 'other' }),
      key('root', { roles: ['admin'] }),
    ],
  });
  sessions = await startSessionApp(redis.url, { config, env: { adminKey: 'the-admin-key' } });
});

afterAll(async () => {
  await sessions.stop();
  client.disconnect();
  await redis.stop();
});

async function created(headers: Record<string, string>, body: object = {}): Promise<string> {
  const reply = await sessions.call('POST', '/v1/sessions', body, headers);
  expect(reply.status).toBe(201);
  return reply.body['id'] as string;
}

const post = (id: string, content: string, headers: Record<string, string>) =>
  sessions.call('POST', `/v1/sessions/${id}/messages`, { messages: [{ role: 'user', content }] }, headers);

describe('a session', () => {
  it('is created, read, changed and deleted', async () => {
    const made = await sessions.call(
      'POST',
      '/v1/sessions',
      { id: 'mine', ttlSeconds: 60, metadata: { a: 1, b: { c: 2 } } },
      as('app'),
    );
    expect(made).toMatchObject({
      status: 201,
      body: { id: 'mine', userId: null, ttlSeconds: 60, metadata: { a: 1, b: { c: 2 } }, lastSeq: 0, messageCount: 0 },
    });
    expect((await sessions.call('GET', '/v1/sessions/mine', undefined, as('app'))).body).toEqual(made.body);
    const again = await sessions.call('POST', '/v1/sessions', { id: 'mine' }, as('app'));
    expect(again).toMatchObject({ status: 409, body: { code: 'session_exists' } });
    const patch = { metadata: { a: null, b: { d: 3 } }, ttlSeconds: 120 };
    const patched = await sessions.call('PATCH', '/v1/sessions/mine', patch, as('app'));
    expect(patched).toMatchObject({ status: 200, body: { metadata: { b: { c: 2, d: 3 } }, ttlSeconds: 120 } });
    expect((await sessions.call('DELETE', '/v1/sessions/mine', undefined, as('app'))).status).toBe(204);
    expect((await sessions.call('DELETE', '/v1/sessions/mine', undefined, as('app'))).status).toBe(404);
    expect((await sessions.call('GET', '/v1/sessions/mine', undefined, as('app'))).status).toBe(404);
  });

  it.each([
    [{ id: 'a:b' }, 'id'],
    [{ ttlSeconds: 0 }, 'ttlSeconds'],
    [{ ttlSeconds: 'x' }, 'ttlSeconds'],
    [{ metadata: [] }, 'metadata'],
    [{ userId: '' }, 'userId'],
    [{ userId: 7 }, 'userId'],
    [{ surprise: 1 }, 'surprise'],
  ])('is not created of %j', async (body, param) => {
    expect(await sessions.call('POST', '/v1/sessions', body, as('app'))).toMatchObject({
      status: 400,
      body: { param },
    });
  });

  it('takes metadata of a bounded size', async () => {
    const metadata = { text: 'x'.repeat(20_000) };
    expect((await sessions.call('POST', '/v1/sessions', { metadata }, as('app'))).status).toBe(413);
  });

  it('answers all but its user and tenant as if it were not there', async () => {
    const anns = await created(as('app'), { userId: 'ann' });
    await post(anns, 'secret', as('app', 'ann'));
    const nobodys = await created(as('app'));
    const messageId = (
      (await sessions.call('GET', `/v1/sessions/${anns}/messages`, undefined, as('ann'))).body['data'] as {
        id: string;
      }[]
    )[0]!.id;
    const asked = (id: string, headers: Record<string, string>): Promise<SessionReply>[] => [
      sessions.call('GET', `/v1/sessions/${id}`, undefined, headers),
      sessions.call('PATCH', `/v1/sessions/${id}`, { metadata: { x: 1 } }, headers),
      sessions.call('GET', `/v1/sessions/${id}/messages`, undefined, headers),
      post(id, 'hello', headers),
      sessions.call('GET', `/v1/sessions/${id}/messages/${messageId}`, undefined, headers),
      sessions.call('PATCH', `/v1/sessions/${id}/messages/${messageId}`, { content: 'x' }, headers),
      sessions.call('DELETE', `/v1/sessions/${id}/messages/${messageId}`, undefined, headers),
      sessions.call('POST', `/v1/sessions/${id}/fork`, {}, headers),
      sessions.call('GET', `/v1/sessions/${id}/export`, undefined, headers),
      sessions.call('GET', `/v1/sessions/${id}/context`, undefined, headers),
      sessions.call('DELETE', `/v1/sessions/${id}`, undefined, headers),
    ];
    const shape = ({ status, body: { requestId: _, ...body } }: SessionReply) => ({ status, body });
    const strangers = [as('app'), as('app', 'bob'), as('other'), as('other', 'ann')];
    for (const headers of strangers) {
      const there = await Promise.all(asked(anns, headers));
      const absent = await Promise.all(asked('00000000000000000000000000000000', headers));
      expect(there.map(({ status }) => status)).toEqual(there.map(() => 404));
      expect(there.map(shape)).toEqual(absent.map(shape));
    }
    expect((await sessions.call('GET', `/v1/sessions/${nobodys}`, undefined, as('ann'))).status).toBe(404);
    expect((await sessions.call('GET', `/v1/sessions/${nobodys}`, undefined, as('app', 'bob'))).status).toBe(200);
    expect((await sessions.call('GET', `/v1/sessions/${anns}?userId=ann`, undefined, as('app'))).status).toBe(200);
    expect((await sessions.call('GET', `/v1/sessions/${anns}?userId=ann`, undefined, as('app', 'bob'))).status).toBe(
      400,
    );
    expect((await sessions.call('GET', `/v1/sessions/${anns}?tenant=acme`, undefined, as('root'))).body).toMatchObject({
      lastSeq: 1,
    });
    expect((await sessions.call('GET', `/v1/sessions/${anns}?tenant=acme`, undefined, as('other'))).status).toBe(403);
  });

  it("of a pinned key is that user's, whatever the request says", async () => {
    const id = await created(as('ann', 'bob'), { userId: 'bob' });
    expect((await sessions.call('GET', `/v1/sessions/${id}`, undefined, as('ann'))).body).toMatchObject({
      userId: 'ann',
    });
    expect((await sessions.call('GET', '/v1/users/bob/sessions', undefined, as('ann'))).status).toBe(404);
  });
});

describe("a user's sessions", () => {
  it('are listed by page, the last active first', async () => {
    const headers = as('app', 'lister');
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.push(await created(headers));
    await post(ids[1]!, 'hello', headers);
    const found: string[] = [];
    let cursor = '';
    do {
      const { body } = await sessions.call(
        'GET',
        `/v1/users/lister/sessions?limit=2${cursor && `&cursor=${cursor}`}`,
        undefined,
        headers,
      );
      found.push(...(body['data'] as { id: string }[]).map(({ id }) => id));
      cursor = (body['nextCursor'] as string | null) ?? '';
    } while (cursor);
    expect(found[0]).toBe(ids[1]);
    expect([...found].sort()).toEqual([...ids].sort());
    expect((await sessions.call('GET', '/v1/users/lister/sessions?cursor=forged', undefined, headers)).status).toBe(
      400,
    );
  });

  it('are searched, and no others, whatever the cursor says', async () => {
    const mine = await created(as('app'), { userId: 'searcher' });
    const others = await created(as('app'), { userId: 'victim' });
    for (const text of ['A Cache of acorns', 'nothing', 'acorns again']) await post(mine, text, as('app', 'searcher'));
    await post(others, 'acorns of somebody else', as('app', 'victim'));
    const search = (query: string) =>
      sessions.call('GET', `/v1/users/searcher/search?${query}`, undefined, as('app', 'searcher'));
    const { body } = await search('q=ACORNS');
    expect(body['data']).toMatchObject([
      { sessionId: mine, message: { seq: 3 }, snippet: 'acorns again' },
      { sessionId: mine, message: { seq: 1 } },
    ]);
    expect(body['nextCursor']).toBeNull();
    const first = (await search('q=acorns&limit=1')).body;
    expect((await search(`q=acorns&cursor=${first['nextCursor'] as string}`)).body['data']).toMatchObject([
      { message: { seq: 1 } },
    ]);
    const forged = Buffer.from(`:${others}:5`).toString('base64url');
    expect(JSON.stringify((await search(`q=acorns&cursor=${forged}`)).body)).not.toContain('somebody else');
    expect((await search('q=')).status).toBe(400);
  });

  it('have preferences', async () => {
    const path = '/v1/users/ann/preferences';
    expect((await sessions.call('GET', path, undefined, as('ann'))).body).toEqual({});
    await sessions.call('PUT', path, { language: 'en', theme: 'dark' }, as('ann'));
    expect((await sessions.call('PATCH', path, { theme: null, size: 3 }, as('ann'))).body).toEqual({
      language: 'en',
      size: 3,
    });
    expect((await sessions.call('GET', path, undefined, as('app', 'ann'))).body).toEqual({ language: 'en', size: 3 });
    expect((await sessions.call('GET', path, undefined, as('app', 'bob'))).status).toBe(404);
    expect((await sessions.call('PUT', path, [], as('ann'))).status).toBe(400);
    expect((await sessions.call('PUT', path, {}, as('ann'))).body).toEqual({});
  });
});

describe('a fork', () => {
  it('has the beginning of the other, and a life of its own', async () => {
    const headers = as('app', 'forker');
    const id = await created(headers, { metadata: { topic: 'x' } });
    for (const text of ['one', 'two', 'three']) await post(id, text, headers);
    const { data } = (await sessions.call('GET', `/v1/sessions/${id}/messages`, undefined, headers)).body as {
      data: { id: string }[];
    };
    const forked = await sessions.call('POST', `/v1/sessions/${id}/fork`, { messageId: data[1]!.id }, headers);
    expect(forked).toMatchObject({ status: 201, body: { userId: 'forker', lastSeq: 2, metadata: { topic: 'x' } } });
    const other = forked.body['id'] as string;
    await post(other, 'other', headers);
    const texts = async (of: string) => {
      const { text } = await sessions.call('GET', `/v1/sessions/${of}/export`, undefined, headers);
      return text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { content: string }).content);
    };
    expect(await texts(other)).toEqual(['one', 'two', 'other']);
    expect(await texts(id)).toEqual(['one', 'two', 'three']);
    for (const wrong of [{ atSeq: 9 }, { atSeq: 1, messageId: 'm1' }]) {
      expect((await sessions.call('POST', `/v1/sessions/${id}/fork`, wrong, headers)).status).toBe(400);
    }
    expect((await sessions.call('POST', `/v1/sessions/${id}/fork`, { atSeq: 0 }, headers)).body).toMatchObject({
      lastSeq: 0,
    });
  });
});

describe('a session that is over', () => {
  it("goes with all its keys at once, and its user's list with it", async () => {
    const before = await client.dbsize();
    const headers = as('app', 'brief');
    const id = await created(headers, { ttlSeconds: 1 });
    await post(id, 'one', headers);
    const { data } = (await sessions.call('GET', `/v1/sessions/${id}/messages`, undefined, headers)).body as {
      data: { id: string }[];
    };
    await sessions.call(
      'PATCH',
      `/v1/sessions/${id}/messages/${data[0]!.id}`,
      { content: 'two', reactions: { up: 1 } },
      headers,
    );
    const keys = await client.keys(`${sessions.keyPrefix}:session:{acme:${id}}:*`);
    expect(keys).toHaveLength(4);
    const ends = new Set(await Promise.all(keys.map((name) => client.call('PEXPIRETIME', name))));
    expect(ends.size).toBe(1);
    await until(
      'it is gone',
      async () => (await sessions.call('GET', `/v1/sessions/${id}`, undefined, headers)).status === 404,
    );
    expect(await client.exists(...keys)).toBe(0);
    expect((await sessions.call('GET', '/v1/users/brief/sessions', undefined, headers)).body['data']).toEqual([]);
    await until('nothing is left', async () => (await client.dbsize()) <= before);
  });
});
