import { Injectable } from '@nestjs/common';
import { RedisConnections, type RedisClient } from '#redis-connection';
import { sessionKeys, type SessionKeys } from '#redis-keys';
import { fromRedis } from '../session.errors.js';
import { userDigest } from './user-digest.js';
import type { UserScope } from './user-sessions.repository.js';

/** Users' preferences in Redis (role `state`): one JSON text for each member. They are records: no expiry. */
@Injectable()
export class PreferencesRepository {
  private readonly keys: SessionKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = sessionKeys(connections.keyPrefix);
  }

  async read(user: UserScope): Promise<Record<string, string>> {
    return fromRedis(() => this.client.hgetall(this.keyOf(user)));
  }

  /** Sets some members and removes others, at once. */
  async change(user: UserScope, set: Readonly<Record<string, string>>, removed: readonly string[]): Promise<void> {
    const key = this.keyOf(user);
    const change = this.client.multi();
    if (removed.length > 0) change.hdel(key, ...removed);
    if (Object.keys(set).length > 0) change.hset(key, set);
    const replies = await fromRedis(() => change.exec());
    const fault = replies?.find(([error]) => error)?.[0];
    if (fault) throw fault;
  }

  /** @returns whether there were any */
  async erase(user: UserScope): Promise<boolean> {
    return (await fromRedis(() => this.client.unlink(this.keyOf(user)))) > 0;
  }

  private keyOf({ tenant, userId }: UserScope): string {
    return this.keys.user(tenant, userDigest(userId)).preferences;
  }

  private get client(): RedisClient {
    return this.connections.command('state');
  }
}
