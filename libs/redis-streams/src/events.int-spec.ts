import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError } from '#contracts';
import { startRedis, until, type RunningRedis } from '../../../test/redis/index.js';
import { thingHappened } from '../../../test/transport/contracts.js';
import {
  randomPrefix,
  startService,
  type RunningService,
  type ServiceOptions,
} from '../../../test/transport/start-service.js';

const quick = {
  backoffMs: 30,
  maxBackoffMs: 100,
  sweepMs: 40,
  claimIdleMs: 400,
  consumerIdleMs: 60_000,
  maxAttempts: 3,
};

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
  const { events, ...others } = options;
  const service = await startService({ url: redis.url, keyPrefix, ...others, events: { ...quick, ...events } });
  running.push(service);
  return service;
}

const stream = () => `${keyPrefix}:events:thingHappened`;
const deadStream = () => `${stream()}:dead`;
const pending = async (group = 'echo') => ((await inspector.xpending(stream(), group)) as [number])[0];

async function deadLetters(): Promise<Record<string, string>[]> {
  const entries = await inspector.xrange(deadStream(), '-', '+');
  return entries.map(([, fields]) =>
    Object.fromEntries(fields.flatMap((field, at) => (at % 2 ? [] : [[field, fields[at + 1]!]]))),
  );
}

describe.each(['streams', 'local'] as const)('an event, while RPC is "%s"', (rpc) => {
  it('reaches every subscribing service once, whichever replica', async () => {
    const replicas = [await start({ rpc, instance: 'a' }), await start({ rpc, instance: 'b' })];
    const other = await start({ rpc, service: 'other' });
    const names = Array.from({ length: 40 }, (_, index) => `${index}`);
    await Promise.all(names.map((name) => other.publisher.publish(thingHappened, { name })));
    const seen = () => replicas.flatMap(({ journal }) => journal.events);
    await until('all arrive', () => seen().length >= 40 && other.journal.events.length >= 40);
    await sleep(200);
    expect(
      seen()
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...names].sort());
    expect(other.journal.events.map(({ name }) => name).sort()).toEqual([...names].sort());
    await until('all are acknowledged', async () => (await pending()) + (await pending('other')) === 0);
  });
});

it('is acknowledged only after its handler has finished', async () => {
  const service = await start();
  let finish = (): void => undefined;
  service.journal.onEvent = () => new Promise<void>((resolve) => (finish = resolve));
  await service.publisher.publish(thingHappened, { name: 'slow' });
  await until('the handler runs', () => service.journal.events.length === 1);
  await sleep(1_000);
  await expect(pending()).resolves.toBe(1);
  expect(service.journal.events).toHaveLength(1);
  finish();
  await until('it is acknowledged', async () => (await pending()) === 0);
});

it('is tried again until its handler succeeds, with the same id', async () => {
  const service = await start();
  service.journal.onEvent = (_event, context) => {
    if (context.event!.attempt < 3) throw new Error('not yet');
  };
  await service.publisher.publish(thingHappened, { name: 'stubborn' });
  await until('it is acknowledged', async () => service.journal.events.length === 3 && (await pending()) === 0);
  expect(service.journal.events.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  expect(new Set(service.journal.events.map(({ id }) => id)).size).toBe(1);
});

it('becomes a dead letter, with its reason, when no attempt succeeds', async () => {
  const service = await start();
  service.journal.onEvent = () => {
    throw new ServiceError('upstream_failed', 'No luck');
  };
  await service.publisher.publish(thingHappened, { name: 'cursed' });
  await until('it is dead', async () => (await inspector.xlen(deadStream())) === 1);
  expect(service.journal.events).toHaveLength(3);
  const [letter] = await deadLetters();
  expect(letter).toMatchObject({ reason: 'upstream_failed: No luck', attempts: '3', group: 'echo', stream: stream() });
  expect(letter!['f']).toContain('cursed');
  await until('it is acknowledged', async () => (await pending()) === 0);
});

it('is dead at once when it breaks its contract, or is no such event', async () => {
  const service = await start();
  await service.publisher.publish(thingHappened, { name: 7 } as never);
  await inspector.xadd(stream(), '*', 'f', 'garbage');
  await until('both are dead', async () => (await inspector.xlen(deadStream())) === 2);
  expect(service.journal.events).toHaveLength(0);
  const reasons = (await deadLetters()).map(({ reason }) => reason!.split(':')[0]);
  expect(reasons.sort()).toEqual(['invalid_request', 'refused']);
});

it('fails an attempt that outlasts the deadline', async () => {
  const service = await start({ events: { deadlineMs: 100 } });
  service.journal.onEvent = (_event, context) =>
    context.event!.attempt === 1 ? new Promise(() => undefined) : Promise.resolve();
  await service.publisher.publish(thingHappened, { name: 'hanging' });
  await until(
    'the second attempt succeeds',
    async () => service.journal.events.length === 2 && (await pending()) === 0,
  );
});

describe('when a replica dies', () => {
  async function dieWith(name: string, deliveries?: number): Promise<void> {
    const service = await start({ service: 'publisher', controllers: [] });
    await inspector.xgroup('CREATE', stream(), 'echo', '0', 'MKSTREAM');
    await service.publisher.publish(thingHappened, { name });
    const read = await inspector.xreadgroup('GROUP', 'echo', 'ghost', 'COUNT', 1, 'STREAMS', stream(), '>');
    const id = (read as unknown as [string, [string][]][])[0]![1][0]![0];
    if (deliveries) await inspector.call('XCLAIM', stream(), 'echo', 'ghost', 0, id, 'RETRYCOUNT', deliveries);
  }

  it('its events are taken over, and it is forgotten', async () => {
    await dieWith('orphan');
    const service = await start({ events: { consumerIdleMs: 900 } });
    await until('it is handled', () => service.journal.events.some(({ name }) => name === 'orphan'));
    expect(service.journal.events[0]).toMatchObject({ attempt: 2 });
    const consumers = async () => JSON.stringify(await inspector.xinfo('CONSUMERS', stream(), 'echo'));
    await until('the ghost is gone', async () => !(await consumers()).includes('ghost'));
    await expect(pending()).resolves.toBe(0);
  });

  it('an event that kills whoever runs it becomes a dead letter, not one more attempt', async () => {
    await dieWith('poison', 3);
    const service = await start();
    await until('it is dead', async () => (await inspector.xlen(deadStream())) === 1);
    expect(service.journal.events).toHaveLength(0);
  });

  it('a living replica keeps what it works on, however long', async () => {
    const slow = await start({ instance: 'slow' });
    let finish = (): void => undefined;
    slow.journal.onEvent = () => new Promise<void>((resolve) => (finish = resolve));
    await slow.publisher.publish(thingHappened, { name: 'long' });
    await until('it runs', () => slow.journal.events.length === 1);
    const other = await start({ instance: 'other' });
    await sleep(1_200);
    finish();
    await until('it is acknowledged', async () => (await pending()) === 0);
    expect(other.journal.events).toHaveLength(0);
  });
});

describe('the stream', () => {
  it('is trimmed to what some group still needs', async () => {
    const service = await start();
    await inspector.xgroup('CREATE', stream(), 'slow-reader', '0', 'MKSTREAM');
    for (let index = 0; index < 20; index++) await service.publisher.publish(thingHappened, { name: `${index}` });
    await until('all are handled', async () => service.journal.events.length === 20 && (await pending()) === 0);
    await sleep(200);
    await expect(inspector.xlen(stream())).resolves.toBe(20);
    const read = await inspector.xreadgroup('GROUP', 'slow-reader', 'me', 'COUNT', 15, 'STREAMS', stream(), '>');
    const ids = (read as unknown as [string, [string][]][])[0]![1].map(([id]) => id);
    await inspector.xack(stream(), 'slow-reader', ...ids.filter((_, index) => index !== 9));
    await until('nine are gone', async () => (await inspector.xlen(stream())) === 11);
    await sleep(200);
    await expect(inspector.xlen(stream())).resolves.toBe(11);
  });

  it('is read again after FLUSHALL', async () => {
    const service = await start();
    await inspector.flushall();
    await service.publisher.publish(thingHappened, { name: 'after' });
    await until('it arrives', () => service.journal.events.some(({ name }) => name === 'after'));
  });

  it('takes no more events when too many wait', async () => {
    const service = await start({ service: 'publisher', controllers: [], events: { maxBacklog: 5 } });
    await inspector.xgroup('CREATE', stream(), 'slow-reader', '0', 'MKSTREAM');
    for (let index = 0; index < 5; index++) await service.publisher.publish(thingHappened, { name: `${index}` });
    const refused = () =>
      service.publisher.publish(thingHappened, { name: 'more' }).then(
        () => false,
        () => true,
      );
    await until('publishing is refused', async () => (await refused()) || (await sleep(200), false));
    await expect(service.publisher.publish(thingHappened, { name: 'x' })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});

it('finishes handlers in flight and acknowledges before it closes', async () => {
  const service = await start();
  service.journal.onEvent = () => sleep(300);
  await service.publisher.publish(thingHappened, { name: 'last' });
  await until('it runs', () => service.journal.events.length === 1);
  await service.close();
  await expect(pending()).resolves.toBe(0);
});
