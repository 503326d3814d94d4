import { Redis } from 'ioredis';
import { send } from './http.js';
import type { RunningLarder } from './larder.js';

/** Addresses of every server that a Redis URL of Larder names directly (not through Sentinel). */
function servers(redisUrl: string): { host: string; port: number; username?: string; password?: string }[] {
  const [, credentials, hosts] = /^[a-z+]+:\/\/(?:([^@]*)@)?([^/?]+)/.exec(redisUrl) ?? [];
  const [username, password] = credentials?.split(':').map(decodeURIComponent) ?? [];
  return (hosts ?? '').split(',').map((address) => {
    const [host, port] = address.split(':');
    return { host: host!, port: Number(port), username: username === '' ? undefined : username, password };
  });
}

/** The databases of a server that hold anything. */
async function databases(client: Redis): Promise<number[]> {
  const keyspace = await client.info('keyspace');
  return [...keyspace.matchAll(/^db(\d+):/gm)].map((match) => Number(match[1]));
}

async function valueText(client: Redis, key: string): Promise<string> {
  const type = await client.type(key);
  switch (type) {
    case 'string':
      return (await client.get(key)) ?? '';
    case 'hash':
      return JSON.stringify(await client.hgetall(key));
    case 'list':
      return JSON.stringify(await client.lrange(key, 0, -1));
    case 'set':
      return JSON.stringify(await client.smembers(key));
    case 'zset':
      return JSON.stringify(await client.zrange(key, '0', '-1'));
    case 'stream':
      return JSON.stringify(await client.xrange(key, '-', '+'));
    default:
      return '';
  }
}

export interface StoredPair {
  readonly key: string;
  readonly value: string;
}

async function pairsOf(client: Redis): Promise<StoredPair[]> {
  const pairs: StoredPair[] = [];
  for (const database of await databases(client)) {
    await client.select(database);
    let cursor = '0';
    do {
      const [next, keys] = await client.scan(cursor, 'COUNT', '500');
      cursor = next;
      for (const key of keys) pairs.push({ key, value: await valueText(client, key) });
    } while (cursor !== '0');
  }
  return pairs;
}

/** Every key and value of every database of every server, as text. */
export async function everythingStored(redisUrl: string): Promise<StoredPair[]> {
  const all: StoredPair[] = [];
  for (const server of servers(redisUrl)) {
    const client = new Redis({ ...server, lazyConnect: true, maxRetriesPerRequest: 1 });
    try {
      await client.connect();
      all.push(...(await pairsOf(client)));
    } finally {
      client.disconnect();
    }
  }
  return all;
}

/** Everything that the suite shows of its inside: logs of all processes and their metrics. */
export async function everythingShown(larder: RunningLarder): Promise<string> {
  const metrics = await Promise.all(
    larder.processes.filter((each) => !each.exited).map((each) => send(`${each.url}/metrics`)),
  );
  return [larder.log(), ...metrics.map((reply) => reply.text)].join('\n');
}
