import type { Redis } from 'ioredis';
import type { RedisClient } from '#redis-connection';

const keysPerScan = 1_000;

/** The ids of all documents, some perhaps twice, from every node that has some. */
export async function* scanIds(client: RedisClient, prefix: string): AsyncGenerator<string[]> {
  for (const node of nodesOf(client)) {
    let cursor = '0';
    do {
      const [next, keys] = await node.scan(cursor, 'MATCH', `${escapeGlob(prefix)}*`, 'COUNT', keysPerScan);
      cursor = next;
      yield keys.map((key) => key.slice(prefix.length));
    } while (cursor !== '0');
  }
}

function nodesOf(client: RedisClient): Redis[] {
  return 'nodes' in client ? client.nodes('master') : [client];
}

function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&');
}
