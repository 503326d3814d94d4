import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Redis } from 'ioredis';
import { ApiKeyRepository, createService, formatApiKey, hashSecret, LarderConfig, ServiceEnv } from '#service';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { ChannelModule } from './channel.module.js';
import { followChannel, type Follower } from '../../../../test/worker/follow-channel.js';

jest.setTimeout(30_000);

let redis: RunningRedis;
let client: Redis;
let replicas: NestFastifyApplication[];
let urls: string[];
let keyPrefix: string;
let channel: string;
const followers: Follower[] = [];

async function startReplica(): Promise<NestFastifyApplication> {
  const env = Object.assign(new ServiceEnv(), { redisUrl: redis.url, keyPrefix, logLevel: 'silent' });
  const options = { name: 'worker', defaultPort: 0, modules: [ChannelModule], rpc: 'local' } as const;
  const app = await createService(options, env, new LarderConfig());
  await app.listen(0, '127.0.0.1');
  return app;
}

async function call(method: string, path: string, body?: unknown, replica = 0) {
  const response = await fetch(`${urls[replica]}/v1/channels/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  return { status: response.status, body: (text ? JSON.parse(text) : {}) as Record<string, unknown> };
}

async function publish(data: unknown, more: object = {}, replica = 0): Promise<string> {
  const { status, body } = await call('POST', `${channel}/messages`, { data, ...more }, replica);
  expect(status).toBe(201);
  return body['id'] as string;
}

async function follow(more: { after?: string; member?: string; replica?: number } = {}): Promise<Follower> {
  const follower = await followChannel(urls[more.replica ?? 0]!, channel, more);
  followers.push(follower);
  return follower;
}

const inOrder = (count: number) => Array.from({ length: count }, (_, at) => at);

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
  keyPrefix = `t${randomBytes(6).toString('hex')}`;
  replicas = [await startReplica(), await startReplica()];
  urls = await Promise.all(replicas.map((replica) => replica.getUrl()));
});

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  client.disconnect();
  await redis.stop();
});

beforeEach(() => {
  channel = `c${randomBytes(6).toString('hex')}`;
});

afterEach(() => {
  for (const follower of followers.splice(0)) follower.leave();
});

describe('a channel', () => {
  it('tells every message in its order to whoever follows, on every replica', async () => {
    const [near, far] = [await follow(), await follow({ replica: 1 })];
    for (const step of inOrder(20)) await publish({ step }, {}, step % 2);
    for (const follower of [near, far]) {
      await until('twenty messages', () => follower.messages.length >= 20);
      expect(follower.messages.map(({ data }) => data)).toEqual(inOrder(20).map((step) => ({ step })));
    }
  });

  it('gives a follower that comes back what it missed, without loss or repeat', async () => {
    const first = await follow();
    for (const step of inOrder(5)) await publish(step);
    await until('five messages', () => first.messages.length === 5);
    first.leave();
    for (const step of inOrder(300)) await publish(step + 5);
    const again = await follow({ after: first.messages.at(-1)!.id, replica: 1 });
    for (const step of inOrder(5)) await publish(step + 305);
    await until('the rest', () => again.messages.length >= 305);
    expect([...first.messages, ...again.messages].map(({ data }) => data)).toEqual(inOrder(310));
  });

  it('serves a hundred followers, and a slow one holds none of them', async () => {
    const slow = await followChannel(urls[0]!, channel, { paused: true });
    followers.push(slow);
    const quick = await Promise.all(inOrder(100).map((at) => follow({ replica: at % 2 })));
    const large = 'x'.repeat(50_000);
    for (const step of inOrder(40)) await publish({ step, large });
    for (const follower of quick) await until('forty messages', () => follower.messages.length === 40, 20_000);
    slow.read();
    await until('forty messages for the slow one', () => slow.messages.length === 40, 20_000);
    const steps = slow.messages.map(({ data }) => (data as { step: number }).step);
    expect(steps).toEqual(inOrder(40));
  });

  it('goes on after the connection of the bell is killed and everything was flushed', async () => {
    const follower = await follow();
    await publish('before');
    await until('the first', () => follower.messages.length === 1);
    await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await publish('without a bell');
    await until('the second', () => follower.messages.length === 2);
    await client.flushall();
    await publish('after');
    await until('the third', () => follower.messages.length === 3);
  });

  it('keeps no more than it was told, and tells who comes back too late of the gap', async () => {
    await call('PUT', channel, { retention: { messages: 3 } });
    const [first] = [await publish(0), await publish(1), await publish(2), await publish(3)];
    const { body } = await call('GET', `${channel}/messages?limit=2`);
    expect((body['data'] as { data: number }[]).map(({ data }) => data)).toEqual([3, 2]);
    const next = await call('GET', `${channel}/messages?limit=2&cursor=${String(body['nextCursor'])}`);
    expect(next.body).toMatchObject({ data: [{ data: 1 }], nextCursor: null });
    const late = await follow({ after: first });
    await until('what is kept', () => late.messages.length === 3);
    expect(late.gaps).toEqual([{ after: first }]);
  });

  it('leaves nothing in Redis when its time is over', async () => {
    await call('PUT', channel, { retention: { seconds: 1 } });
    await publish('soon gone');
    const log = `${keyPrefix}:channel:{default:${channel}}:log`;
    expect(await client.exists(log)).toBe(1);
    await until('the end of the log', async () => (await client.exists(log)) === 0);
  });
});

describe('a request between agents', () => {
  it('is answered by the first message that names it', async () => {
    const server = await follow({ replica: 1 });
    const asking = call('POST', `${channel}/requests`, { data: { question: 6 * 7 }, from: 'asker' });
    await until('the request', () => server.messages.length === 1);
    const request = server.messages[0]!;
    expect(request).toMatchObject({ event: 'request', from: 'asker', data: { question: 42 } });
    await publish('unrelated');
    await publish({ answer: 42 }, { inReplyTo: request.id, from: 'server' }, 1);
    expect(await asking).toMatchObject({
      status: 200,
      body: { id: request.id, reply: { data: { answer: 42 }, from: 'server' } },
    });
  });

  it('that nobody answers ends with its deadline', async () => {
    const { status, body } = await call('POST', `${channel}/requests`, { data: 1, timeoutMs: 50 });
    expect({ status, code: body['code'] }).toEqual({ status: 504, code: 'no_reply' });
  });
});

describe('presence', () => {
  const members = async (replica = 0) =>
    ((await call('GET', `${channel}/presence`, undefined, replica)).body['data'] as { member: string }[]).map(
      ({ member }) => member,
    );

  it('lasts as long as a stream is open under a name', async () => {
    const follower = await follow({ member: 'agent-1' });
    expect(await members(1)).toEqual(['agent-1']);
    follower.leave();
    await until('the leaving', async () => (await members()).length === 0);
  });

  it('is said for a time and ends by itself, leaving nothing behind', async () => {
    const about = { skills: ['search'] };
    expect((await call('PUT', `${channel}/presence`, { member: 'a@b', about, ttlSeconds: 1 })).status).toBe(204);
    expect((await call('GET', `${channel}/presence`)).body).toMatchObject({ data: [{ member: 'a@b', about }] });
    await until('the end of it', async () => (await members()).length === 0);
    await until('an empty Redis', async () => (await client.keys(`*${channel}*presence*`)).length === 0);
  });

  it('can be given up, once', async () => {
    await call('PUT', `${channel}/presence`, { member: 'm' });
    expect((await call('DELETE', `${channel}/presence/m`)).status).toBe(204);
    expect((await call('DELETE', `${channel}/presence/m`)).status).toBe(404);
  });
});

describe('permissions', () => {
  const allow = (lists: object) => call('PUT', channel, lists);

  /** A replica with keys, on the same Redis; `open` is the id of the key of those that have none. */
  async function withKeys(use: (url: string, key: { id: string; token: string }) => Promise<void>): Promise<void> {
    const env = { redisUrl: redis.url, keyPrefix, logLevel: 'silent', adminKey: 'the-admin-key' } as const;
    const options = { name: 'worker', defaultPort: 0, modules: [ChannelModule], rpc: 'local' } as const;
    const app = await createService(options, Object.assign(new ServiceEnv(), env), new LarderConfig());
    await app.listen(0, '127.0.0.1');
    const id = randomBytes(16).toString('hex');
    const secret = randomBytes(32).toString('base64url');
    const made = {
      keyId: id,
      sha256: hashSecret(secret).toString('hex'),
      tenant: 'default',
      roles: ['channels' as const],
    };
    await app.get(ApiKeyRepository, { strict: false }).create({ ...made, createdAt: new Date().toISOString() });
    await use(await app.getUrl(), { id, token: formatApiKey({ keyId: id, secret }) }).finally(() => app.close());
  }

  it('hold for presence too, and end a stream that is open when they change or its key is revoked', async () => {
    await withKeys(async (url, { id, token }) => {
      const headers = { authorization: `Bearer ${token}` };
      const presence = () => fetch(`${url}/v1/channels/${channel}/presence`, { headers });
      const following = async () => {
        const follower = await followChannel(url, channel, { headers });
        followers.push(follower);
        await publish('heard');
        await until('the message', () => follower.messages.length > 0);
        return follower;
      };
      await allow({ subscribers: [id], publishers: ['other'] });
      expect((await presence()).status).toBe(200);
      const first = await following();
      await allow({ subscribers: ['other'], publishers: ['other'] });
      expect((await presence()).status).toBe(403);
      await until('the end of the stream', () => first.hasEnded);
      await allow({ subscribers: [id] });
      const second = await following();
      await replicas[0]!.get(ApiKeyRepository, { strict: false }).revoke(id, new Date().toISOString());
      await until('the end of the stream', () => second.hasEnded);
    });
  });

  it('do not hold a reader for ever who comes back with an id that nobody has reached', async () => {
    const follower = await follow({ after: '99999999999999-0' });
    await until('the gap', () => follower.gaps.length === 1);
    await publish('news');
    await until('the news', () => follower.messages.length === 1);
  });
});

describe('a request that is not right', () => {
  it.each([
    ['a name that is none', 'POST', 'a%3Ab/messages', { data: 1 }],
    ['a message without data', 'POST', 'ok/messages', {}],
    ['an unknown member', 'POST', 'ok/messages', { data: 1, to: 'x' }],
    ['an answer to nothing', 'POST', 'ok/messages', { data: 1, inReplyTo: 'yesterday' }],
    ['an event name over two lines', 'POST', 'ok/messages', { data: 1, type: 'a\nb' }],
    ['a place that is none', 'GET', 'ok/events?lastEventId=x', undefined],
    ['a forged cursor', 'GET', 'ok/messages?cursor=Zm9yZ2Vk', undefined],
    ['a wait without end', 'POST', 'ok/requests', { data: 1, timeoutMs: 600_000 }],
    ['retention of nothing', 'PUT', 'ok', { retention: { messages: 0 } }],
  ])('is refused: %s', async (_, method, path, body) => {
    expect((await call(method, path, body)).status).toBe(400);
  });

  it('is refused: a message over the limit', async () => {
    expect((await call('POST', `${channel}/messages`, { data: 'x'.repeat(300_000) })).status).toBe(413);
  });
});
