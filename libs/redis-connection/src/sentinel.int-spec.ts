import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSentinel, until, type RunningSentinel } from '../../../test/redis/index.js';
import { RedisConnections } from './redis-connections.js';
import type { RedisClient } from './redis-options.js';

describe('connections through Sentinel', () => {
  let sentinel: RunningSentinel;
  let connections: RedisConnections;

  beforeEach(async () => {
    sentinel = await startSentinel();
    const { url } = sentinel;
    connections = new RedisConnections({ urls: { cache: url, state: url, bus: url }, keyPrefix: 't' });
    await connections.onModuleInit();
  }, 30_000);

  afterEach(async () => {
    await connections.onApplicationShutdown();
    await sentinel.stop();
  });

  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'write and read on after %s of the master, without a restart',
    async (signal) => {
      const client = connections.command('state');
      const read = readOn(connections.openBlocking('bus', 'test'));
      expect(await client.set('before', '1')).toBe('OK');
      await until('the replica to have it', async () => Number(await client.wait(1, 50)) === 1);
      sentinel.signal(signal);
      await until('a write on the new master', () => wrote(client), 20_000);
      expect(await client.get('before')).toBe('1');
      expect(await client.info('server')).toContain(`tcp_port:${sentinel.replica.port}`);
      await until('the reader to see the new master', async () => {
        await client.xadd('stream', '*', 'n', '1').catch(() => undefined);
        await sleep(50);
        return read.entries > 0;
      });
      read.stop = true;
    },
    60_000,
  );

  it('do without one of the sentinels, and print nothing about it', async () => {
    const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    sentinel.signalSentinel('SIGKILL');
    await sleep(300);
    sentinel.signal('SIGKILL');
    const client = connections.command('state');
    await until('the loss to be noticed', async () => !(await wrote(client)));
    await until('a write on the new master', () => wrote(client), 20_000);
    expect(printed.mock.calls).toEqual([]);
    printed.mockRestore();
  }, 60_000);
});

const wrote = (client: RedisClient) =>
  client.set('after', '1').then(
    () => true,
    () => false,
  );

/** Reads as a consumer does: again after every fault. */
function readOn(reader: RedisClient) {
  const state = { entries: 0, stop: false };
  const loop = async () => {
    while (!state.stop) {
      const reply = await reader.xread('BLOCK', 200, 'STREAMS', 'stream', '$').catch(() => sleep(50));
      state.entries += Array.isArray(reply) ? reply.length : 0;
    }
  };
  void loop();
  return state;
}
