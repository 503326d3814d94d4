import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { sessionKeys, type OneUserKeys, type SessionKeys } from '#redis-keys';
import { fromRedis } from '../session.errors.js';
import { userDigest } from './user-digest.js';

const touchSession = defineScript({
  name: 'touch-session',
  lua: readFileSync(new URL('./touch-session.lua', import.meta.url), 'utf8'),
  keys: ['sessions', 'ends'],
  args: ['sessionId', 'updatedAt', 'expiresAt'],
});

export interface UserScope {
  readonly tenant: string;
  readonly userId: string;
}

/** A place in a list that is ordered by last activity, newest first. */
export interface ActivityPlace {
  /** Epoch milliseconds. */
  readonly updatedAt: number;
  readonly sessionId: string;
}

/**
 * Which sessions a user has, in Redis (role `state`). It lies in another slot than the sessions, so it may name some that are
 * gone, but it lacks none: a session is listed before it is made, and unlisted after it is gone.
 */
@Injectable()
export class UserSessionsRepository {
  private readonly keys: SessionKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = sessionKeys(connections.keyPrefix);
  }

  async list(user: UserScope, sessionId: string, updatedAt: number, expiresAt: number): Promise<void> {
    const args = { sessionId, updatedAt, expiresAt };
    await fromRedis(() => touchSession.run(this.client, { keys: this.keysOf(user), args }));
  }

  /** Prolongs the session's place by the life that it has. @returns false when it is not in the list */
  async touch(user: UserScope, sessionId: string): Promise<boolean> {
    const args = { sessionId, updatedAt: '', expiresAt: '' };
    return (await fromRedis(() => touchSession.run(this.client, { keys: this.keysOf(user), args }))) === 1;
  }

  async unlist(user: UserScope, sessionIds: readonly string[]): Promise<void> {
    if (sessionIds.length === 0) return;
    const { sessions, ends } = this.keysOf(user);
    const { client } = this;
    await fromRedis(() => Promise.all([client.zrem(sessions, ...sessionIds), client.zrem(ends, ...sessionIds)]));
  }

  /** Those whose life should be over, at most `most`. */
  async ended(user: UserScope, now: number, most: number): Promise<string[]> {
    const { ends } = this.keysOf(user);
    return fromRedis(() => this.client.zrangebyscore(ends, '-inf', String(now), 'LIMIT', 0, most));
  }

  async all(user: UserScope): Promise<string[]> {
    const { sessions } = this.keysOf(user);
    return fromRedis(() => this.client.zrange(sessions, 0, '-1'));
  }

  /** The next `count` places behind one, newest first. */
  async behind(user: UserScope, place: ActivityPlace | undefined, count: number): Promise<ActivityPlace[]> {
    const { sessions } = this.keysOf(user);
    const found: ActivityPlace[] = [];
    for (let offset = 0; found.length < count; offset += count) {
      const limit = ['LIMIT', offset, count] as const;
      const from = place ? String(place.updatedAt) : '+inf';
      const flat = await fromRedis(() => this.client.zrevrangebyscore(sessions, from, '-inf', 'WITHSCORES', ...limit));
      for (let index = 0; index < flat.length; index += 2) {
        const next = { sessionId: flat[index]!, updatedAt: Number(flat[index + 1]) };
        if (!place || isBehind(next, place)) found.push(next);
      }
      if (flat.length < 2 * count) break;
    }
    return found.slice(0, count);
  }

  private keysOf({ tenant, userId }: UserScope): OneUserKeys {
    return this.keys.user(tenant, userDigest(userId));
  }

  private get client(): RedisClient {
    return this.connections.command('state');
  }
}

/** Of sessions with one time, Redis gives the greater id first. */
function isBehind(next: ActivityPlace, place: ActivityPlace): boolean {
  return next.updatedAt < place.updatedAt || next.sessionId < place.sessionId;
}
