import { Injectable } from '@nestjs/common';
import { identifierPattern, type CacheScope } from '#contracts';
import { RedisConnections, type RedisClient } from '#redis-connection';
import { cacheKeys, type CacheKeys } from '#redis-keys';
import { fromRedis } from '../cache.errors.js';

/** Policies that REST has set, in Redis (role `state`). They are configuration: no expiry. */
@Injectable()
export class PolicyRepository {
  private readonly keys: CacheKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = cacheKeys(connections.keyPrefix);
  }

  /** The members as JSON text by name; empty when nothing was set. */
  async read({ tenant, cacheId }: CacheScope): Promise<Record<string, string>> {
    const key = this.keys.policy(tenant, cacheId);
    return fromRedis(() => this.client.hgetall(key));
  }

  /** Replaces all members. The index first: whatever is set can be listed. */
  async write({ tenant, cacheId }: CacheScope, members: Record<string, string>): Promise<void> {
    const index = this.keys.policyIndex(tenant);
    const key = this.keys.policy(tenant, cacheId);
    await fromRedis(async () => {
      await this.client.sadd(index, cacheId);
      const replies = await this.client.multi().del(key).hset(key, members).exec();
      const fault = replies?.find(([error]) => error)?.[0];
      if (fault) throw fault;
    });
  }

  async list(tenant: string): Promise<string[]> {
    const index = this.keys.policyIndex(tenant);
    const ids = await fromRedis(() => this.client.smembers(index));
    return ids.filter((id) => identifierPattern.test(id));
  }

  async count(tenant: string): Promise<number> {
    const index = this.keys.policyIndex(tenant);
    return fromRedis(() => this.client.scard(index));
  }

  private get client(): RedisClient {
    return this.connections.command('state');
  }
}
