import { Injectable } from '@nestjs/common';
import { RedisConnections, type RedisClient } from '#redis-connection';
import { sessionKeys, type SessionKeys } from '#redis-keys';
import { fromRedis } from '../session.errors.js';

/** A user whose archive lines are to go, and then how many went. */
export interface ErasureOrder {
  readonly tenant: string;
  readonly userId: string;
  /** What was removed from Redis before. */
  readonly removed: Readonly<Record<string, number>>;
  /** Present when it is done. */
  readonly archiveLines?: number;
}

/** Asks whoever writes the archive to erase a user, in Redis (role `state`): only the writer may touch the files. */
@Injectable()
export class ErasureOrdersRepository {
  private readonly keys: SessionKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = sessionKeys(connections.keyPrefix);
  }

  /** The first order of an erasure stays. */
  async place(erasureId: string, order: ErasureOrder): Promise<void> {
    await fromRedis(() => this.client.hsetnx(this.key, erasureId, JSON.stringify(order)));
  }

  async read(erasureId: string): Promise<ErasureOrder | undefined> {
    const json = await fromRedis(() => this.client.hget(this.key, erasureId));
    return json == null ? undefined : (JSON.parse(json) as ErasureOrder);
  }

  async open(): Promise<[erasureId: string, order: ErasureOrder][]> {
    const found = await fromRedis(() => this.client.hgetall(this.key));
    const orders = Object.entries(found).map(([id, json]) => [id, JSON.parse(json) as ErasureOrder] as const);
    return orders.filter(([, order]) => order.archiveLines === undefined).map(([id, order]) => [id, order]);
  }

  async done(erasureId: string, order: ErasureOrder, archiveLines: number): Promise<void> {
    await fromRedis(() => this.client.hset(this.key, erasureId, JSON.stringify({ ...order, archiveLines })));
  }

  async remove(erasureId: string): Promise<void> {
    await fromRedis(() => this.client.hdel(this.key, erasureId));
  }

  private get key(): string {
    return this.keys.archiveErasures();
  }

  private get client(): RedisClient {
    return this.connections.command('state');
  }
}
