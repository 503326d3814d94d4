import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedis, until, type RunningRedis } from '../../../test/redis/index.js';
import { RedisConnections } from './redis-connections.js';
import type { RedisClient } from './redis-options.js';

describe('a blocking client', () => {
  let redis: RunningRedis;
  let connections: RedisConnections;

  beforeEach(async () => {
    redis = await startRedis();
    const { url } = redis;
    connections = new RedisConnections({ urls: { cache: url, state: url, bus: url }, keyPrefix: 't' });
    await connections.onModuleInit();
  });

  afterEach(async () => {
    await connections.onApplicationShutdown();
    await redis.stop();
  });

  it('waits longer than commands may, without holding them up', async () => {
    const reader = connections.openBlocking('bus', 'test');
    const read = reader.xread('BLOCK', 5_000, 'STREAMS', 'stream', '0');
    await new Promise((resolve) => setTimeout(resolve, 250));
    await connections.command('bus').xadd('stream', '*', 'n', '1');
    expect(await read).toHaveLength(1);
  });

  it('rejects its read when the server dies, and serves again when it is back', async () => {
    const reader = connections.openBlocking('bus', 'test');
    await reader.ping();
    const read = reader.xread('BLOCK', 10_000, 'STREAMS', 'stream', '0').catch(() => 'rejected');
    redis.signal('SIGKILL');
    expect(await read).toBe('rejected');
    await redis.restart();
    let answers = false;
    await until('an answer', async () => {
      answers = await reader.ping().then(
        () => true,
        () => false,
      );
      return answers;
    });
    expect(answers).toBe(true);
  });

  it('can be closed in any state, and then every command on it settles', async () => {
    const open = () => connections.openBlocking('bus', 'test');
    const [connecting, ready, reconnecting] = [open(), open(), open()];
    await Promise.all([ready.ping(), reconnecting.ping()]);
    const read = (client: RedisClient) => client.xread('BLOCK', 0, 'STREAMS', 'stream', '0').catch(() => 'rejected');
    const reads = [read(connecting), read(ready)];
    connections.closeBlocking(connecting);
    connections.closeBlocking(ready);
    redis.signal('SIGKILL');
    await until('the client to wait', () => reconnecting.status === 'reconnecting');
    reads.push(read(reconnecting));
    connections.closeBlocking(reconnecting);
    expect(await Promise.all(reads)).toEqual(['rejected', 'rejected', 'rejected']);
    await expect(reconnecting.ping()).rejects.toThrow(/closed/);
  });

  it('is closed with the application', async () => {
    const reader = connections.openBlocking('bus', 'test');
    const read = reader.xread('BLOCK', 0, 'STREAMS', 'stream', '0').catch(() => 'rejected');
    await connections.onApplicationShutdown();
    expect(await read).toBe('rejected');
  });
});
