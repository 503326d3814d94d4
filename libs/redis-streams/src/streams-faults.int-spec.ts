import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError } from '#contracts';
import { startCluster, startRedis, startSentinel, until, type RunningRedis } from '../../../test/redis/index.js';
import { count, echo, thingHappened } from '../../../test/transport/contracts.js';
import { randomPrefix, startService, type RunningService } from '../../../test/transport/start-service.js';

jest.setTimeout(60_000);

const running: RunningService[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.close()));
});

async function start(url: string, keyPrefix: string, instance: string, caller = false): Promise<RunningService> {
  const service = await startService({ url, keyPrefix, instance, ...(caller ? { controllers: [] } : {}) });
  running.push(service);
  return service;
}

interface Outcomes {
  readonly answered: string[];
  readonly refused: ServiceError[];
  readonly slowestMs: number;
}

/** Calls all the time, each call with a text of its own, until told to stop. */
function load(caller: RunningService, deadlineMs = 1_000): () => Promise<Outcomes> {
  const answered: string[] = [];
  const refused: ServiceError[] = [];
  let slowestMs = 0;
  let stopped = false;
  let next = 0;
  const worker = async () => {
    while (!stopped) {
      const text = `${next++}`;
      const startedAt = Date.now();
      await caller.client.call(echo, { text }, { deadlineMs }).then(
        () => answered.push(text),
        (error: ServiceError) => refused.push(error),
      );
      slowestMs = Math.max(slowestMs, Date.now() - startedAt);
      await sleep(2);
    }
  };
  const workers = Array.from({ length: 8 }, worker);
  return async () => {
    stopped = true;
    await Promise.all(workers);
    return { answered, refused, slowestMs };
  };
}

async function untilAnswered(caller: RunningService, withinMs = 15_000): Promise<void> {
  const answers = () =>
    caller.client.call(echo, { text: 'ping' }, { deadlineMs: 500 }).then(
      () => true,
      () => false,
    );
  await until('calls are answered again', answers, withinMs);
}

function expectOrderly({ refused, slowestMs }: Outcomes, servers: RunningService[]): void {
  for (const fault of refused) expect(['unavailable', 'deadline_exceeded']).toContain(fault.code);
  // Every call settles by its deadline; the rest is what a busy machine adds.
  expect(slowestMs).toBeLessThan(2_500);
  const seen = servers
    .flatMap(({ journal }) => journal.requests.map(({ text }) => text))
    .filter((text) => text !== 'ping');
  expect(new Set(seen).size).toBe(seen.length);
}

describe('on one Redis', () => {
  let redis: RunningRedis;
  let inspector: Redis;
  let servers: RunningService[];
  let caller: RunningService;

  beforeEach(async () => {
    redis = await startRedis();
    inspector = new Redis(redis.url);
    inspector.on('error', () => undefined);
    const prefix = randomPrefix();
    servers = [await start(redis.url, prefix, 'a'), await start(redis.url, prefix, 'b')];
    caller = await start(redis.url, prefix, 'caller', true);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((service) => service.close()));
    inspector.disconnect();
    await redis.stop();
  });

  it('reads on after FLUSHALL under a blocked read', async () => {
    await inspector.flushall();
    await untilAnswered(caller);
    await inspector.flushall();
    await untilAnswered(caller);
  });

  it('loses only what was under way when FLUSHALL strikes under load, and runs nothing twice', async () => {
    const stop = load(caller);
    for (let strike = 0; strike < 5; strike++) {
      await sleep(150);
      await inspector.flushall();
    }
    await untilAnswered(caller);
    expectOrderly(await stop(), servers);
  });

  it('settles every call while Redis is stopped, and heals when it goes on', async () => {
    const stop = load(caller);
    await sleep(200);
    redis.signal('SIGSTOP');
    await sleep(4_000);
    redis.signal('SIGCONT');
    await untilAnswered(caller);
    const outcomes = await stop();
    expect(outcomes.refused.length).toBeGreaterThan(0);
    expectOrderly(outcomes, servers);
  });

  it('settles every call while Redis restarts without its data, and heals', async () => {
    const stop = load(caller);
    await sleep(200);
    await redis.restart();
    await untilAnswered(caller);
    expectOrderly(await stop(), servers);
  });

  it('reads on when its connections are killed', async () => {
    const stop = load(caller);
    for (let strike = 0; strike < 3; strike++) {
      await sleep(200);
      await inspector.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    }
    await untilAnswered(caller);
    expectOrderly(await stop(), servers);
  });

  it('is not ready while it does not read, and ready again after', async () => {
    redis.signal('SIGSTOP');
    await until('it is stalled', () => servers[0]!.status.snapshot().status === 'stalled');
    redis.signal('SIGCONT');
    await until('it consumes', () => servers[0]!.status.snapshot().status === 'consuming', 15_000);
  });

  it('tells a stream in the middle that its rest is lost', async () => {
    const consume = async () => {
      for await (const item of caller.client.stream(count, { to: 1_000_000 }, { deadlineMs: 2_000 })) {
        if (item === 100) await inspector.flushall();
      }
    };
    await expect(consume()).rejects.toMatchObject({ name: 'ServiceError' });
  });
});

it('heals after a Sentinel failover', async () => {
  const sentinel = await startSentinel();
  try {
    const prefix = randomPrefix();
    const server = await start(sentinel.url, prefix, 'a');
    const caller = await start(sentinel.url, prefix, 'caller', true);
    const stop = load(caller);
    await sleep(300);
    sentinel.master.signal('SIGKILL');
    await sleep(1_000);
    await untilAnswered(caller, 40_000);
    const { refused, slowestMs } = await stop();
    for (const fault of refused) expect(['unavailable', 'deadline_exceeded']).toContain(fault.code);
    expect(slowestMs).toBeLessThan(2_500);
    await caller.publisher.publish(thingHappened, { name: 'after' });
    await until('the event arrives', () => server.journal.events.some(({ name }) => name === 'after'));
    await Promise.all(running.splice(0).map((service) => service.close()));
  } finally {
    await sentinel.stop();
  }
});

it('works on a Cluster, every stream in a slot of its own', async () => {
  const cluster = await startCluster();
  try {
    const prefix = randomPrefix();
    const server = await start(cluster.url, prefix, 'a');
    const caller = await start(cluster.url, prefix, 'caller', true);
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, index) => caller.client.call(echo, { text: `${index}` }, { deadlineMs: 5_000 })),
    );
    expect(replies.map(({ text }) => text)).toEqual(Array.from({ length: 100 }, (_, index) => `${index}`));
    const items: number[] = [];
    for await (const item of caller.client.stream(count, { to: 100 })) items.push(item);
    expect(items).toHaveLength(100);
    await caller.publisher.publish(thingHappened, { name: 'there' });
    await until('the event arrives', () => server.journal.events.length === 1);
    await Promise.all(running.splice(0).map((service) => service.close()));
  } finally {
    await cluster.stop();
  }
});
