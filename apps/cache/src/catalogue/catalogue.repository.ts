import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import type { CacheScope } from '#contracts';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { cacheKeys, catalogueKeys, type CacheKeys, type CatalogueKeys } from '#redis-keys';
import { fromRedis, isWrongType } from '../cache.errors.js';
import { answerField, readPlace, type AnswerPlace } from '../response/entry-fields.js';
import { storedStart } from '../response/stored-answer.js';

const lua = (name: string) => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8');
const listEntry = defineScript({
  name: 'list-entry',
  lua: lua('list-entry'),
  keys: ['list'],
  args: ['entryId', 'endsAt'],
});
const admitEntry = defineScript({
  name: 'admit-entry',
  lua: lua('admit-entry'),
  keys: ['uses', 'ends'],
  args: ['entryId', 'endsAt', 'maxEntries', 'most'],
});
const touchEntries = defineScript({
  name: 'touch-entries',
  lua: lua('touch-entries'),
  keys: ['uses'],
  args: ['touches', 'halfLifeMs'],
});
const removeAnswer = defineScript({
  name: 'remove-answer',
  lua: lua('remove-answer'),
  keys: ['exact'],
  args: ['start'],
});

/** Entries named for eviction by one script. */
export const mostEvicted = 50;
const scanCount = 500;
const keysPerScan = 1_000;
const touchesPerScript = 500;
/** Six hours: one night does not make a cache forget what its days ask for. */
const lfuHalfLifeMs = 6 * 3_600_000;

/** Where an entry's answer lies. */
export interface EntryPlace extends AnswerPlace {
  readonly entryId: string;
}

/**
 * Lists of entries in Redis (role `cache`). All of them expire with their last member. The keys of one entry lie in different
 * slots, so each takes a command of its own; commands of one turn travel together.
 */
@Injectable()
export class CatalogueRepository {
  private readonly keys: CatalogueKeys;
  private readonly entryKeys: CacheKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = catalogueKeys(connections.keyPrefix);
    this.entryKeys = cacheKeys(connections.keyPrefix);
  }

  async list({ tenant, cacheId }: CacheScope, label: string, entryId: string, endsAt: number): Promise<void> {
    const keys = { list: this.keys.label(tenant, cacheId, label) };
    await fromRedis(() => listEntry.run(this.client, { keys, args: { entryId, endsAt } }));
  }

  /** @returns the entries that must go, at most `mostEvicted`. */
  async admit(scope: CacheScope, entryId: string, endsAt: number, maxEntries: number): Promise<string[]> {
    const args = { entryId, endsAt, maxEntries, most: mostEvicted };
    return (await fromRedis(() => admitEntry.run(this.client, { keys: this.counting(scope), args }))) as string[];
  }

  async touch(scope: CacheScope, touches: ReadonlyMap<string, number>, order: 'lru' | 'lfu'): Promise<void> {
    const { uses } = this.counting(scope);
    const halfLifeMs = order === 'lfu' ? lfuHalfLifeMs : 0;
    const pairs = [...touches].map(([entryId, count]) => `${entryId}=${count}`);
    for (let from = 0; from < pairs.length; from += touchesPerScript) {
      const args = { touches: pairs.slice(from, from + touchesPerScript).join(','), halfLifeMs };
      await fromRedis(() => touchEntries.run(this.client, { keys: { uses }, args }));
    }
  }

  /** How many entries carry a label; some of them may be gone. */
  async size({ tenant, cacheId }: CacheScope, label: string): Promise<number> {
    return fromRedis(() => this.client.zcard(this.keys.label(tenant, cacheId, label)));
  }

  /** The entries that carry a label, in pages; whatever is in the list all the while is among them, if twice. */
  async *pages({ tenant, cacheId }: CacheScope, label: string): AsyncGenerator<string[]> {
    const key = this.keys.label(tenant, cacheId, label);
    let cursor = '0';
    do {
      const [next, found] = await fromRedis(() => this.client.zscan(key, cursor, 'COUNT', scanCount));
      cursor = next;
      yield found.filter((_, index) => index % 2 === 0);
    } while (cursor !== '0');
  }

  /** The caches of a tenant that have entries with a label. Looks at every key, on every node: for what happens seldom. */
  async cachesWith(tenant: string, label: string): Promise<string[]> {
    const pattern = this.keys.labelInAnyCache(tenant, label);
    const before = this.keys.label(tenant, 'x', label).split(':').indexOf('x');
    const nodes = 'nodes' in this.client ? this.client.nodes('master') : [this.client];
    const found = new Set<string>();
    for (const node of nodes) {
      let cursor = '0';
      do {
        const [next, keys] = await fromRedis(() => node.scan(cursor, 'MATCH', pattern, 'COUNT', keysPerScan));
        cursor = next;
        for (const key of keys) found.add(key.split(':')[before]!);
      } while (cursor !== '0');
    }
    return [...found];
  }

  /** Those that carry a label as well. */
  async among({ tenant, cacheId }: CacheScope, label: string, entryIds: readonly string[]): Promise<string[]> {
    if (entryIds.length === 0) return [];
    const scores = await fromRedis(() => this.client.zmscore(this.keys.label(tenant, cacheId, label), ...entryIds));
    return entryIds.filter((_, index) => scores[index] !== null);
  }

  /** Nothing when Redis has let the entry go. */
  async find({ tenant, cacheId }: CacheScope, entryId: string): Promise<EntryPlace | undefined> {
    const key = this.entryKeys.entry(tenant, cacheId, entryId);
    const field = await fromRedis(() =>
      this.client.hget(key, answerField).catch((error: unknown) => {
        if (isWrongType(error)) return null;
        throw error;
      }),
    );
    const place = readPlace(field);
    return place && { entryId, ...place };
  }

  /** Deletes the answer if it still is this entry's. @returns its header as JSON text, and nothing when it was not. */
  async removeAnswer({ tenant, cacheId }: CacheScope, place: EntryPlace): Promise<string | undefined> {
    const keys = { exact: this.entryKeys.exact(tenant, cacheId, place.generation, place.exactKey) };
    const args = { start: storedStart(place.entryId) };
    return ((await fromRedis(() => removeAnswer.run(this.client, { keys, args }))) as string | null) ?? undefined;
  }

  /** The hash with the vector: no index names the entry from now on. */
  async removeEntry({ tenant, cacheId }: CacheScope, entryId: string): Promise<void> {
    await fromRedis(() => this.client.unlink(this.entryKeys.entry(tenant, cacheId, entryId)));
  }

  async unlist({ tenant, cacheId }: CacheScope, label: string, entryIds: readonly string[]): Promise<void> {
    await fromRedis(() => this.client.zrem(this.keys.label(tenant, cacheId, label), ...entryIds));
  }

  /** They count no longer against the bound. */
  async uncount(scope: CacheScope, entryIds: readonly string[]): Promise<void> {
    const { uses, ends } = this.counting(scope);
    await fromRedis(() => Promise.all([this.client.zrem(uses, ...entryIds), this.client.zrem(ends, ...entryIds)]));
  }

  private get client(): RedisClient {
    return this.connections.command('cache');
  }

  private counting({ tenant, cacheId }: CacheScope): { uses: string; ends: string } {
    return { uses: this.keys.uses(tenant, cacheId), ends: this.keys.ends(tenant, cacheId) };
  }
}
