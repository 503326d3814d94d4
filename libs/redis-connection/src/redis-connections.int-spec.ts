import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { startRedis, until, type RunningRedis } from '../../../test/redis/index.js';
import { RedisConnections } from './redis-connections.js';
import type { RedisConnectionOptions } from './redis-options.js';
import { RedisUnavailableError } from './redis-unavailable-error.js';

const lines: string[] = [];
const logger: RedisConnectionOptions['logger'] = {
  info: (message, fields) => void lines.push(`${message} ${JSON.stringify(fields)}`),
  warn: (message, fields) => void lines.push(`${message} ${JSON.stringify(fields)}`),
};

describe('command clients of one server', () => {
  let redis: RunningRedis;
  let connections: RedisConnections;

  beforeEach(async () => {
    lines.length = 0;
    redis = await startRedis();
    const { url } = redis;
    connections = new RedisConnections({ urls: { cache: url, state: url, bus: url }, keyPrefix: 't', logger });
    await connections.onModuleInit();
  });

  afterEach(async () => {
    await connections.onApplicationShutdown();
    await redis.stop();
  });

  const openTheBreaker = async () => {
    redis.signal('SIGSTOP');
    await Promise.allSettled([1, 2, 3].map(() => connections.command('cache').get('k')));
  };

  it('share one client where the roles share a URL', async () => {
    expect(connections.command('cache')).toBe(connections.command('bus'));
    expect(await connections.command('cache').set('k', 'v')).toBe('OK');
    expect(connections.snapshot()[0]).toEqual({ role: 'cache', status: 'connected', transitions: 1 });
  });

  it('settle on a stopped server, fail at once after three faults, and heal when it goes on', async () => {
    const client = connections.command('cache');
    redis.signal('SIGSTOP');
    for (const _ of [1, 2, 3]) {
      await expect(client.get('k')).rejects.toThrow(RedisUnavailableError);
    }
    expect(connections.status('cache')).toBe('degraded');
    // At once: in the same turn of the loop, before any timer.
    const order: string[] = [];
    setImmediate(() => order.push('next turn'));
    await client.get('k').catch(() => order.push('refused'));
    expect(order).toEqual(['refused']);
    redis.signal('SIGCONT');
    await until('the breaker to close', () => connections.status('cache') === 'connected');
    expect(await client.ping()).toBe('PONG');
    expect(lines.filter((line) => line.includes('degraded'))).toHaveLength(1);
  });

  it('settle pipelines and transactions too, on a stopped server and behind an open breaker', async () => {
    const client = connections.command('cache');
    const pipeline = () => client.pipeline().get('a').set('b', '1').get('c').exec();
    redis.signal('SIGSTOP');
    const replies = (await pipeline())!;
    expect(replies.map(([error]) => error instanceof RedisUnavailableError)).toEqual([true, true, true]);
    await until('the breaker to open', () => connections.status('cache') === 'degraded');
    const refused = (await pipeline())!;
    expect(refused.map(([error]) => error instanceof RedisUnavailableError)).toEqual([true, true, true]);
    await expect(client.multi().set('a', '1').incr('a').exec()).rejects.toThrow(RedisUnavailableError);
    redis.signal('SIGCONT');
    await until('the breaker to close', () => connections.status('cache') === 'connected');
    expect(await client.multi().set('a', '1').incr('a').exec()).toEqual([
      [null, 'OK'],
      [null, 2],
    ]);
  });

  it('are not held up by a busy process: the reply that waited in the socket counts', async () => {
    const reply = connections.command('cache').ping();
    const busyUntil = Date.now() + 300;
    while (Date.now() < busyUntil);
    expect(await reply).toBe('PONG');
  });

  it('refuse while the server is gone, heal when it is back, and log only transitions', async () => {
    const client = connections.command('cache');
    redis.signal('SIGKILL');
    await until('the loss to be noticed', () => connections.status('cache') === 'degraded');
    for (let i = 0; i < 100; i++) {
      await expect(client.get('k')).rejects.toThrow(RedisUnavailableError);
    }
    await redis.restart();
    await until('the connection to be back', () => connections.status('cache') === 'connected');
    expect(await client.ping()).toBe('PONG');
    expect(lines).toHaveLength(3);
  });

  it('never send again what was in flight when the connection broke', async () => {
    const client = connections.command('state') as Redis;
    redis.signal('SIGSTOP');
    const added = [1, 2, 3].map((n) => client.xadd('stream', '*', 'n', n));
    const both = client.pipeline().xadd('stream', '*', 'n', 4).xadd('stream', '*', 'n', 5).exec();
    // By now the commands are written; their replies never come.
    setImmediate(() => client.stream.destroy());
    const outcomes = await Promise.allSettled(added);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect((await both)!.every(([error]) => error instanceof RedisUnavailableError)).toBe(true);
    redis.signal('SIGCONT');
    await until('the connection to be back', () => connections.status('state') === 'connected');
    const entries = await client.xrange('stream', '-', '+');
    const numbers = entries.map(([, fields]) => fields[1]);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('connect again when the client has ended for good, as it does when a failover is told while it connects', async () => {
    const client = connections.command('cache') as Redis;
    client.disconnect();
    await until('the client to have ended', () => client.status === 'end');
    await until('the connection to be back', () => connections.status('cache') === 'connected');
    expect(await client.ping()).toBe('PONG');
  });

  it('settle every command over repeated stops, kills and restarts', async () => {
    const client = connections.command('cache');
    const all: Promise<unknown>[] = [];
    const load = setInterval(() => {
      all.push(
        client.get('k').catch(() => 'refused'),
        client.pipeline().get('a').get('b').exec(),
      );
    }, 2);
    for (const _ of [1, 2]) {
      redis.signal('SIGSTOP');
      await until('degraded', () => connections.status('cache') === 'degraded');
      await redis.restart();
      await until('connected', () => connections.status('cache') === 'connected');
    }
    clearInterval(load);
    await Promise.all(all);
    expect(await client.ping()).toBe('PONG');
  });

  it('do not carry the arguments of a command in its error', async () => {
    const error: unknown = await connections
      .command('cache')
      .call('NONSENSE', 'a secret prompt')
      .catch((e: unknown) => e);
    expect(error).not.toHaveProperty('command');
    await openTheBreaker();
    const refused: unknown = await connections
      .command('cache')
      .get('a secret prompt')
      .catch((e: unknown) => e);
    expect(JSON.stringify(refused)).not.toContain('secret');
  });

  it('start without Redis, and connect when it comes', async () => {
    await connections.onApplicationShutdown();
    await redis.stop();
    const { url, port } = redis;
    connections = new RedisConnections({ urls: { cache: url, state: url, bus: url }, keyPrefix: 't', logger });
    await connections.onModuleInit();
    expect(connections.status('state')).toBe('degraded');
    redis = await startRedis({ port });
    await until('the connection', () => connections.status('state') === 'connected');
    expect(await connections.command('state').ping()).toBe('PONG');
  });
});
