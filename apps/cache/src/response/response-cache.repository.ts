import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import type { CacheScope, ExactAddress } from '#contracts';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { cacheKeys, type CacheKeys } from '#redis-keys';
import { fromRedis, isWrongType } from '../cache.errors.js';
import { TurnReads } from '../turn-reads.js';
import { answerField, entryFields, readPlace } from './entry-fields.js';
import { decodeStored, encodeStored, entryIdOf, startLength, storedStart, type StoredAnswer } from './stored-answer.js';

const prolongEntryScript = defineScript({
  name: 'prolong-entry',
  lua: readFileSync(new URL('./prolong-entry.lua', import.meta.url), 'utf8'),
  keys: ['exact'],
  args: ['start', 'ttlMs'],
});

/** In the place of foreign data. */
const nothing = Buffer.alloc(0);

/** Where an answer lies: its exact address in one generation of the cache. */
export interface GenerationAddress extends ExactAddress {
  readonly generation: string;
}

export interface NewEntry extends StoredAnswer {
  /** How long Redis keeps it, stale time included. Milliseconds. */
  readonly ttlMs: number;
  /** What was asked, where it may be compared by meaning. */
  readonly prompt?: string | undefined;
}

/** Answers in Redis (role `cache`). All keys expire; whatever is lost or spoilt is a miss. */
@Injectable()
export class ResponseCacheRepository {
  private readonly keys: CacheKeys;
  private readonly reads = new TurnReads<StoredAnswer | 'absent' | 'unreadable'>();

  constructor(private readonly connections: RedisConnections) {
    this.keys = cacheKeys(connections.keyPrefix);
  }

  /** One GET, also for those who ask for the same in one turn; a PTTL more for an entry whose time to live slides. */
  read(address: GenerationAddress): Promise<StoredAnswer | 'absent' | 'unreadable'> {
    const key = this.exactKey(address);
    return this.reads.get(key, () => this.get(key));
  }

  /**
   * The entry first: an answer that can be served can be deleted by its id.
   * @returns the id of the entry whose place it took
   */
  async write(address: GenerationAddress, entry: NewEntry): Promise<string | undefined> {
    const { header, answer, ttlMs, prompt } = entry;
    const hash = this.keys.entry(address.tenant, address.cacheId, header.entryId);
    const exact = this.exactKey(address);
    return fromRedis(async () => {
      const fields = entryFields(address, prompt);
      const replies = await this.client.multi().hset(hash, fields).pexpire(hash, ttlMs).exec();
      const fault = replies?.find(([error]) => error)?.[0];
      if (fault) throw fault;
      const [start] = await Promise.all([
        orIfWrongType('', this.client.getrange(exact, 0, startLength - 1)),
        this.client.set(exact, encodeStored({ header, answer }), 'PX', ttlMs),
      ]);
      return entryIdOf(start);
    });
  }

  /** Renews a sliding time to live, in both of the entry's keys. */
  async prolong(address: GenerationAddress, entryId: string, ttlMs: number): Promise<void> {
    const script = { keys: { exact: this.exactKey(address) }, args: { start: storedStart(entryId), ttlMs } };
    const hash = this.keys.entry(address.tenant, address.cacheId, entryId);
    await fromRedis(() => Promise.all([prolongEntryScript.run(this.client, script), this.client.pexpire(hash, ttlMs)]));
  }

  async find(scope: CacheScope, entryId: string): Promise<GenerationAddress | undefined> {
    const key = this.keys.entry(scope.tenant, scope.cacheId, entryId);
    const place = readPlace(await fromRedis(() => orIfWrongType(null, this.client.hget(key, answerField))));
    return place && { tenant: scope.tenant, cacheId: scope.cacheId, ...place };
  }

  private async slid(key: string, { header, answer }: StoredAnswer): Promise<StoredAnswer | 'absent'> {
    const leftMs = await fromRedis(() => this.client.pttl(key));
    if (leftMs < 0) return 'absent';
    const slidTo = Math.min(header.expiresAt, Date.now() + leftMs - (header.staleMs ?? 0));
    return { header, answer, slidTo };
  }

  private async get(key: string): Promise<StoredAnswer | 'absent' | 'unreadable'> {
    const stored = await fromRedis(() => orIfWrongType(nothing, this.client.getBuffer(key)));
    if (stored === null) return 'absent';
    const decoded = decodeStored(stored);
    return decoded?.header.slidingMs === undefined ? (decoded ?? 'unreadable') : this.slid(key, decoded);
  }

  private get client(): RedisClient {
    return this.connections.command('cache');
  }

  private exactKey({ tenant, cacheId, generation, exactKey }: GenerationAddress): string {
    return this.keys.exact(tenant, cacheId, generation, exactKey);
  }
}

async function orIfWrongType<T, Other>(other: Other, reply: Promise<T>): Promise<T | Other> {
  try {
    return await reply;
  } catch (error) {
    if (isWrongType(error)) return other;
    throw error;
  }
}
