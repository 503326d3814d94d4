import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startCluster, until, type RunningCluster } from '../../../test/redis/index.js';
import { defineScript } from './define-script.js';
import { RedisConnections } from './redis-connections.js';
import { RedisUnavailableError } from './redis-unavailable-error.js';

const keys = Array.from({ length: 60 }, (_, n) => `key:${n}`);

describe('connections to a cluster', () => {
  let cluster: RunningCluster;
  let connections: RedisConnections;

  beforeAll(async () => {
    cluster = await startCluster();
    const { url } = cluster;
    connections = new RedisConnections({ urls: { cache: url, state: url, bus: url }, keyPrefix: 't' });
    await connections.onModuleInit();
  }, 30_000);

  afterAll(async () => {
    await connections.onApplicationShutdown();
    await cluster.stop();
  });

  const writeAll = () => Promise.allSettled(keys.map((key) => connections.command('state').set(key, '1')));

  it('reach every slot from the first command on', async () => {
    expect(connections.status('state')).toBe('connected');
    expect((await writeAll()).every(({ status }) => status === 'fulfilled')).toBe(true);
  });

  it('run scripts and pipelines whose keys share a tag', async () => {
    const client = connections.command('state');
    const script = defineScript({
      name: 'copy',
      lua: "return redis.call('COPY', KEYS[1], KEYS[2])",
      keys: ['from', 'to'],
      args: [],
    });
    await client.set('{tag}:a', 'v');
    expect(await script.run(client, { keys: { from: '{tag}:a', to: '{tag}:b' }, args: {} })).toBe(1);
    expect(await client.pipeline().get('{tag}:a').get('{tag}:b').exec()).toEqual([
      [null, 'v'],
      [null, 'v'],
    ]);
  });

  it('read blocking from a stream of their own', async () => {
    const reader = connections.openBlocking('bus', 'test');
    const read = reader.xread('BLOCK', 5_000, 'STREAMS', 'stream', '0');
    await connections.command('bus').xadd('stream', '*', 'n', '1');
    expect(await read).toHaveLength(1);
    connections.closeBlocking(reader);
  });

  it.each(['SIGSTOP', 'SIGKILL'] as const)(
    'serve the other slots after %s of a node, and heal',
    async (signal) => {
      const node = cluster.nodes[1]!;
      node.signal(signal);
      await until('the loss to be noticed', async () => {
        await writeAll();
        return connections.status('state') === 'degraded';
      });
      const outcomes = await writeAll();
      const refusals = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(refusals.length).toBeGreaterThan(0);
      expect(refusals.every(({ reason }) => reason instanceof RedisUnavailableError)).toBe(true);
      await node.restart();
      await until(
        'every slot to be served again',
        async () => {
          return (await writeAll()).every(({ status }) => status === 'fulfilled');
        },
        20_000,
      );
      expect(connections.status('state')).toBe('connected');
    },
    40_000,
  );

  it('refuse everything while the whole cluster is stopped, and heal', async () => {
    cluster.signal('SIGSTOP');
    await until('the loss to be noticed', async () => {
      await writeAll();
      return connections.status('state') === 'degraded';
    });
    const pipeline = connections.command('state').pipeline().get('{tag}:a').exec();
    expect((await pipeline)![0]![0]).toBeInstanceOf(RedisUnavailableError);
    cluster.signal('SIGCONT');
    await until(
      'every slot to be served again',
      async () => {
        return (await writeAll()).every(({ status }) => status === 'fulfilled');
      },
      20_000,
    );
  }, 40_000);
});
