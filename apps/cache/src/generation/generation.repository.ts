import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { generationPattern, type CacheScope } from '#contracts';
import { defineScript, RedisConnections } from '#redis-connection';
import { cacheKeys, type CacheKeys } from '#redis-keys';
import { fromRedis, isWrongType } from '../cache.errors.js';

const setGeneration = defineScript({
  name: 'set-generation',
  lua: readFileSync(new URL('./set-generation.lua', import.meta.url), 'utf8'),
  keys: ['generation'],
  args: ['floor', 'advance'],
});

/** A cache's generation in Redis (role `state`): part of every key of its entries, so that a new one hides them all. */
@Injectable()
export class GenerationRepository {
  private readonly keys: CacheKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = cacheKeys(connections.keyPrefix);
  }

  /** Never below `floor`, the highest that the caller knows; made when there is none. */
  async read(scope: CacheScope, floor: string): Promise<string> {
    const key = this.keys.generation(scope.tenant, scope.cacheId);
    const held = await fromRedis(() => this.get(key));
    const isWhole = generationPattern.test(held) && Number(held) >= Number(floor);
    return isWhole ? held : this.set(key, floor, 0);
  }

  /** Starts a new generation, above every one before: max(now in milliseconds, old + 1). */
  async advance(scope: CacheScope, floor: string): Promise<string> {
    return this.set(this.keys.generation(scope.tenant, scope.cacheId), floor, 1);
  }

  private async get(key: string): Promise<string> {
    try {
      return (await this.connections.command('state').get(key)) ?? '';
    } catch (error) {
      if (isWrongType(error)) return '';
      throw error;
    }
  }

  private async set(generation: string, floor: string, advance: 0 | 1): Promise<string> {
    const script = { keys: { generation }, args: { floor, advance } };
    return String(await fromRedis(() => setGeneration.run(this.connections.command('state'), script)));
  }
}
