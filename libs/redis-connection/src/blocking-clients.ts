import { Cluster, Redis } from 'ioredis';
import { blockingClusterOptions, blockingOptions, type ClientSettings } from './client-options.js';
import { endClient } from './end-client.js';
import { quietSentinels } from './quiet-sentinels.js';
import type { RedisClient } from './redis-options.js';
import type { RedisTarget } from './redis-url.js';

/** Connections for commands that wait on the server: one each, because whatever follows on it waits too. */
export class BlockingClients {
  private readonly clients = new Set<RedisClient>();

  open(target: RedisTarget, settings: ClientSettings): RedisClient {
    const client =
      target.kind === 'cluster'
        ? new Cluster([...target.addresses], blockingClusterOptions(target, settings))
        : quietSentinels(new Redis(blockingOptions(target, settings)));
    // The reader sees its commands fail; a line for each attempt to reconnect would be a storm.
    client.on('error', () => undefined);
    client.connect().catch(() => undefined);
    this.clients.add(client);
    return client;
  }

  close(client: RedisClient): void {
    this.clients.delete(client);
    endClient(client);
  }

  closeAll(): void {
    this.clients.forEach((client) => this.close(client));
  }
}
