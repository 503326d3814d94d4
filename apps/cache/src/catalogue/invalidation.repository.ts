import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import type { CacheScope } from '#contracts';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { catalogueKeys, type CatalogueKeys } from '#redis-keys';
import { fromRedis } from '../cache.errors.js';
import type { Mark } from './invalidations.js';

const markInvalidated = defineScript({
  name: 'mark-invalidated',
  lua: readFileSync(new URL('./mark-invalidated.lua', import.meta.url), 'utf8'),
  keys: ['invalidated'],
  args: ['mark', 'most', 'ttlMs'],
});

/** Marks of one cache; about 100 bytes each, here and in every replica that serves it. */
const mostMarks = 20_000;
const marksPerRead = 2_000;
/** No entry lives longer than a year. */
const ttlMs = 31_556_952_000;

/** What was invalidated, in Redis (role `state`): neither eviction nor a lost list brings an invalidated answer back. */
@Injectable()
export class InvalidationRepository {
  private readonly keys: CatalogueKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = catalogueKeys(connections.keyPrefix);
  }

  async mark(scope: CacheScope, mark: string, most = mostMarks): Promise<void> {
    const invalidated = this.key(scope);
    await fromRedis(() => markInvalidated.run(this.client, { keys: { invalidated }, args: { mark, most, ttlMs } }));
  }

  /** The marks of that time and later, oldest first. */
  async since(scope: CacheScope, from: number): Promise<Mark[]> {
    const marks: Mark[] = [];
    for (;;) {
      const page = await this.page(scope, from, marks.length);
      marks.push(...page);
      if (page.length < marksPerRead) return marks;
    }
  }

  private async page(scope: CacheScope, from: number, offset: number): Promise<Mark[]> {
    const key = this.key(scope);
    const read = () => this.client.zrangebyscore(key, from, '+inf', 'WITHSCORES', 'LIMIT', offset, marksPerRead);
    const reply = await fromRedis(read);
    return Array.from({ length: reply.length / 2 }, (_, i) => [reply[2 * i]!, Number(reply[2 * i + 1])] as const);
  }

  private get client(): RedisClient {
    return this.connections.command('state');
  }

  private key({ tenant, cacheId }: CacheScope): string {
    return this.keys.invalidated(tenant, cacheId);
  }
}
