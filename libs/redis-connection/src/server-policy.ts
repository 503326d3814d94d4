import { Cluster } from 'ioredis';
import type { RedisClient } from './redis-options.js';

/** What a server does when its memory is full. */
export type MemoryPolicy = { readonly evicts: false } | { readonly evicts: true; readonly policy: string };

/**
 * Asks a server, or every master of a cluster. By INFO, which managed servers allow where CONFIG is closed.
 *
 * @throws what the server answers, or that it does not
 */
export async function readMemoryPolicy(client: RedisClient): Promise<MemoryPolicy> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  for (const node of nodes) {
    const policy = memoryPolicy(await node.info('memory'));
    if (policy.evicts) {
      return policy;
    }
  }
  return { evicts: false };
}

/** Without a limit nothing is ever evicted, whatever the policy says. */
function memoryPolicy(info: string): MemoryPolicy {
  const limit = /^maxmemory:(\d+)/m.exec(info)?.[1] ?? '0';
  const policy = /^maxmemory_policy:([a-z-]+)/m.exec(info)?.[1] ?? 'noeviction';
  return limit === '0' || policy === 'noeviction' ? { evicts: false } : { evicts: true, policy };
}
