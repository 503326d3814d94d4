import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis, until, type RunningRedis } from '../../../test/redis/index.js';
import { count, echo, unanswered } from '../../../test/transport/contracts.js';
import {
  randomPrefix,
  startService,
  type RunningService,
  type ServiceOptions,
} from '../../../test/transport/start-service.js';

let redis: RunningRedis;
let inspector: Redis;
let keyPrefix: string;
let running: RunningService[];

beforeAll(async () => {
  redis = await startRedis();
  inspector = new Redis(redis.url);
});
afterAll(async () => {
  inspector.disconnect();
  await redis.stop();
});
beforeEach(() => {
  keyPrefix = randomPrefix();
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((service) => service.close()));
});

async function start(options: Partial<ServiceOptions> = {}): Promise<RunningService> {
  const service = await startService({ url: redis.url, keyPrefix, ...options });
  running.push(service);
  return service;
}

const startCaller = (options: Partial<ServiceOptions> = {}) => start({ controllers: [], ...options });
const stream = () => `${keyPrefix}:rpc:echo`;
const keys = () => inspector.keys(`${keyPrefix}:*`);

describe('replicas of a service', () => {
  it('share the requests, and each request is run once', async () => {
    const [a, b, caller] = [
      await start({ instance: 'a', concurrency: 8 }),
      await start({ instance: 'b', concurrency: 8 }),
      await startCaller(),
    ];
    const texts = Array.from({ length: 200 }, (_, index) => `${index}`);
    await Promise.all(texts.map((text) => caller.client.call(echo, { text, waitMs: 5 }, { deadlineMs: 10_000 })));
    const seen = [...a.journal.requests, ...b.journal.requests].map(({ text }) => text);
    expect(seen.sort()).toEqual(texts.sort());
    expect(a.journal.requests.length).toBeGreaterThan(20);
    expect(b.journal.requests.length).toBeGreaterThan(20);
  });

  it('do not run what another replica has read, however long that one takes', async () => {
    const slow = await start({ instance: 'slow' });
    const caller = await startCaller();
    const call = caller.client.call(echo, { text: 'lost', waitMs: 1_500 }, { deadlineMs: 300 });
    await until('the request is read', () => slow.journal.requests.length === 1);
    const other = await start({ instance: 'other' });
    await expect(call).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await sleep(300);
    expect(other.journal.requests).toHaveLength(0);
  });

  it('run no more handlers at once than they may, and read no more than they can run', async () => {
    const server = await start({ concurrency: 4 });
    const caller = await startCaller();
    const calls = Array.from({ length: 40 }, () =>
      caller.client.call(echo, { text: 'x', waitMs: 30 }, { deadlineMs: 10_000 }),
    );
    await Promise.all(calls);
    expect(server.journal.mostRunning).toBe(4);
  });

  it('leave the group when they close', async () => {
    const server = await start();
    await server.client.call(echo, { text: 'x' });
    await expect(inspector.xinfo('CONSUMERS', stream(), 'replicas')).resolves.toHaveLength(1);
    await server.close();
    await expect(inspector.xinfo('CONSUMERS', stream(), 'replicas')).resolves.toEqual([]);
  });
});

describe('a request', () => {
  it('that waited beyond its deadline is dropped, not run', async () => {
    const busy = await start({ concurrency: 1 });
    const caller = await startCaller();
    const first = caller.client.call(echo, { text: 'first', waitMs: 400 }, { deadlineMs: 5_000 });
    await until('the only slot is taken', () => busy.journal.running === 1);
    // Its caller is gone, so that nobody withdraws it.
    const request = {
      i: 'a'.repeat(32),
      p: echo.topic,
      r: 'b'.repeat(32),
      c: 'x',
      t: Date.now() + 50,
      d: { text: 'late' },
    };
    await inspector.xadd(stream(), '*', 'f', JSON.stringify(request));
    await first;
    await until('the stream is read', async () => (await inspector.xlen(stream())) === 0);
    expect(busy.journal.requests.map(({ text }) => text)).toEqual(['first']);
  });

  it('that nobody reads is withdrawn when its caller gives up', async () => {
    const caller = await startCaller();
    await expect(caller.client.call(echo, { text: 'x' }, { deadlineMs: 100 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    await until('the stream is empty', async () => (await inspector.xlen(stream())) === 0);
  });

  it('that nothing answers gets its error at once', async () => {
    await start();
    const caller = await startCaller();
    await expect(caller.client.call(unanswered, { how: '' }, { deadlineMs: 60_000 })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('that is none is refused, and the next one served', async () => {
    const server = await start();
    for (const garbage of ['{', 'null', '{"i":1}', '[]']) await inspector.xadd(stream(), '*', 'f', garbage);
    await inspector.xadd(stream(), '*', 'other', 'field');
    await expect(server.client.call(echo, { text: 'x' })).resolves.toMatchObject({ text: 'x' });
  });
});

describe('a signed bus', () => {
  it('serves those who know the secret', async () => {
    await start({ busSecret: 'right' });
    const caller = await startCaller({ busSecret: 'right' });
    await expect(caller.client.call(echo, { text: 'x' })).resolves.toMatchObject({ text: 'x' });
    const items: number[] = [];
    for await (const item of caller.client.stream(count, { to: 100 })) items.push(item);
    expect(items).toHaveLength(100);
  });

  it.each([undefined, 'wrong'])('refuses who signs with %s', async (busSecret) => {
    const server = await start({ busSecret: 'right' });
    const caller = await startCaller({ busSecret });
    await expect(caller.client.call(echo, { text: 'x' }, { deadlineMs: 300 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    expect(server.journal.requests).toHaveLength(0);
  });

  it('believes no unsigned reply', async () => {
    await start({ busSecret: undefined });
    const caller = await startCaller({ busSecret: 'right' });
    await expect(caller.client.call(echo, { text: 'x' }, { deadlineMs: 300 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
  });
});

describe('closing', () => {
  it('lets handlers in flight finish and answer', async () => {
    const server = await start();
    const caller = await startCaller();
    const call = caller.client.call(echo, { text: 'last', waitMs: 400 });
    await until('the handler runs', () => server.journal.running === 1);
    await server.close();
    await expect(call).resolves.toMatchObject({ text: 'last' });
  });

  it('takes no new request, so that another replica gets it', async () => {
    const leaving = await start({ instance: 'leaving' });
    const caller = await startCaller();
    const long = caller.client.call(echo, { text: 'long', waitMs: 500 });
    await until('the handler runs', () => leaving.journal.running === 1);
    const closed = leaving.close();
    await sleep(100);
    await start({ instance: 'staying' });
    await expect(caller.client.call(echo, { text: 'next' })).resolves.toMatchObject({ servedBy: 'staying' });
    await Promise.all([long, closed]);
  });

  it('can be asked for twice', async () => {
    const server = await start();
    await Promise.all([server.close(), server.close()]);
    await server.close();
    expect(server.status.snapshot().status).toBe('closed');
  });

  it('leaves no key but the empty streams of the service', async () => {
    const server = await start();
    const caller = await startCaller();
    await Promise.all(Array.from({ length: 100 }, () => caller.client.call(echo, { text: 'x' })));
    for await (const item of caller.client.stream(count, { to: 50 })) void item;
    await caller.close();
    await server.close();
    expect((await keys()).sort()).toEqual([`${keyPrefix}:events:thingHappened`, stream()]);
    await expect(inspector.xlen(stream())).resolves.toBe(0);
  });
});

it('deletes what was read, and lets the mailboxes of dead callers expire', async () => {
  await start();
  const caller = await startCaller();
  await Promise.all(Array.from({ length: 100 }, () => caller.client.call(echo, { text: 'x' })));
  const mailbox = (await keys()).find((key) => key.includes(':reply:'))!;
  await until('all is deleted', async () => (await inspector.xlen(stream())) + (await inspector.xlen(mailbox)) === 0);
  expect(await inspector.pttl(mailbox)).toBeGreaterThan(30_000);
});

it('carries large messages both ways', async () => {
  await start();
  const caller = await startCaller({ commandTimeoutMs: 3_000 });
  const text = 'ü'.repeat(1_000_000);
  const reply = await caller.client.call(echo, { text }, { deadlineMs: 10_000 });
  expect(reply.text).toBe(text);
});
