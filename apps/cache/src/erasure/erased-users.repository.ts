import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RedisConnections, type RedisClient } from '#redis-connection';
import { cacheKeys, type CacheKeys } from '#redis-keys';
import { fromRedis } from '../cache.errors.js';

/** Longer than a call of a model may take. Milliseconds. */
const keptMs = 7_200_000;

/** Who was erased a while ago, and when, in Redis (role `state`); by a digest. */
@Injectable()
export class ErasedUsersRepository {
  private readonly keys: CacheKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = cacheKeys(connections.keyPrefix);
  }

  async mark(tenant: string, userId: string, erasedAt: number): Promise<void> {
    await fromRedis(() => this.client.set(this.keyOf(tenant, userId), erasedAt, 'PX', keptMs));
  }

  /** @param time epoch milliseconds */
  async isErasedSince(tenant: string, userId: string, time: number): Promise<boolean> {
    const erasedAt = await fromRedis(() => this.client.get(this.keyOf(tenant, userId)));
    return erasedAt !== null && Number(erasedAt) >= time;
  }

  private keyOf(tenant: string, userId: string): string {
    return this.keys.erased(tenant, createHash('sha256').update(userId).digest('hex'));
  }

  private get client(): RedisClient {
    return this.connections.command('state');
  }
}
