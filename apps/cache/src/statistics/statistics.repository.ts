import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import type { CacheScope } from '#contracts';
import { defineScript, RedisConnections } from '#redis-connection';
import { cacheKeys, type CacheKeys } from '#redis-keys';
import { fromRedis, isWrongType } from '../cache.errors.js';
import type { Increments } from './counts.js';

const countUse = defineScript({
  name: 'count-use',
  lua: readFileSync(new URL('./count-use.lua', import.meta.url), 'utf8'),
  keys: ['statistics'],
  args: ['model', 'maxModels', 'ttlMs', 'increments'],
});

/** More models than this in a day are counted together, as `other`. */
export const maxModels = 200;
/** 400 days: a year can be compared with the one before. */
const ttlMs = 400 * 86_400_000;

export interface CountedUse {
  /** `YYYY-MM-DD` in UTC. */
  readonly day: string;
  /** Empty when the use belongs to no model. */
  readonly model: string;
  readonly increments: Increments;
}

/** Counters by tenant, cache and day in Redis (role `state`). */
@Injectable()
export class StatisticsRepository {
  private readonly keys: CacheKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = cacheKeys(connections.keyPrefix);
  }

  /** One script. */
  async count(scope: CacheScope, { day, model, increments }: CountedUse): Promise<void> {
    const statistics = this.keys.statistics(scope.tenant, scope.cacheId, day);
    const args = { model, maxModels, ttlMs, increments: Object.entries(increments).flat().join(',') };
    await fromRedis(() => countUse.run(this.connections.command('state'), { keys: { statistics }, args }));
  }

  /** The fields of one day: `<counter>@<model>`, or `<counter>` for uses of no model; none when nothing was counted. */
  async read(scope: CacheScope, day: string): Promise<Record<string, string>> {
    const key = this.keys.statistics(scope.tenant, scope.cacheId, day);
    return fromRedis(async () => {
      try {
        return await this.connections.command('state').hgetall(key);
      } catch (error) {
        if (isWrongType(error)) return {};
        throw error;
      }
    });
  }
}
