import { Injectable } from '@nestjs/common';
import { RedisConnections, type RedisClient } from '#redis-connection';
import { serviceKeys, type ServiceKeys } from '#redis-keys';
import type { Tenant } from './tenant.dto.js';

/** Tenants in Redis: one hash each, and an index in the order of their ids. Every command touches a single key. */
@Injectable()
export class TenantRepository {
  private readonly keys: ServiceKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = serviceKeys(connections.keyPrefix);
  }

  /** False when the id is taken. The index first: an id without a hash is passed over, a hash without an id is lost. */
  async create({ id, name, createdAt }: Tenant): Promise<boolean> {
    await this.redis.zadd(this.keys.tenantIndex(), 0, id);
    const key = this.keys.tenant(id);
    if ((await this.redis.hsetnx(key, 'createdAt', createdAt)) === 0) return false;
    if (name !== undefined) await this.redis.hset(key, 'name', name);
    return true;
  }

  async find(id: string): Promise<Tenant | undefined> {
    const { createdAt, name } = await this.redis.hgetall(this.keys.tenant(id));
    return createdAt === undefined ? undefined : { id, createdAt, ...(name !== undefined && { name }) };
  }

  /** At most `limit` ids behind one, in the order of their bytes. */
  async idsAfter(id: string | undefined, limit: number): Promise<string[]> {
    const start = id === undefined ? '-' : `(${id}`;
    return this.redis.zrangebylex(this.keys.tenantIndex(), start, '+', 'LIMIT', 0, limit);
  }

  /** False when there was none. */
  async remove(id: string): Promise<boolean> {
    const removed = await this.redis.del(this.keys.tenant(id));
    await this.redis.zrem(this.keys.tenantIndex(), id);
    return removed > 0;
  }

  private get redis(): RedisClient {
    return this.connections.command('state');
  }
}
