import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { channelKeys, type ChannelKeys } from '#redis-keys';
import type { ChannelScope } from './channel-message.js';

const keepPresent = defineScript({
  name: 'keep-present',
  lua: readFileSync(new URL('./keep-present.lua', import.meta.url), 'utf8'),
  keys: ['presence', 'members'],
  args: ['member', 'about', 'ttlMs', 'maxMembers'],
});

const maxMembers = 10_000;

export interface PresentMember {
  readonly member: string;
  /** What it says of itself; any JSON value. */
  readonly about: unknown;
  /** Until when, unless it says so again; epoch milliseconds. */
  readonly untilMs: number;
}

/** Who is present on a channel: a zset by the time at which that ends, and a hash; both expire. */
@Injectable()
export class PresenceRepository {
  private readonly keys: ChannelKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = channelKeys(connections.keyPrefix);
  }

  /** False when the channel is full. */
  async keep(scope: ChannelScope, member: string, about: unknown, ttlMs: number): Promise<boolean> {
    const args = { member, about: JSON.stringify(about ?? null), ttlMs, maxMembers };
    return (await keepPresent.run(this.redis, { keys: this.both(scope), args })) === 1;
  }

  async leave(scope: ChannelScope, member: string): Promise<boolean> {
    const { presence, members } = this.both(scope);
    const results = await this.redis.multi().zrem(presence, member).hdel(members, member).exec();
    return results?.[0]?.[1] === 1;
  }

  async list(scope: ChannelScope): Promise<PresentMember[]> {
    const { presence, members } = this.both(scope);
    const scores = await this.redis.zrange(presence, Date.now(), '+inf', 'BYSCORE', 'WITHSCORES');
    const about = scores.length === 0 ? {} : await this.redis.hgetall(members);
    return pairs(scores).map(([member, untilMs]) => ({
      member,
      about: JSON.parse(about[member] ?? 'null') as unknown,
      untilMs: Number(untilMs),
    }));
  }

  private both({ tenant, channel }: ChannelScope): { presence: string; members: string } {
    return { presence: this.keys.presence(tenant, channel), members: this.keys.members(tenant, channel) };
  }

  private get redis(): RedisClient {
    return this.connections.command('state');
  }
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at]!, flat[2 * at + 1]!]);
}
