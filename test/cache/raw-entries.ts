import { createHash, randomBytes } from 'node:crypto';
import type { TestingModule } from '@nestjs/testing';
import type { Cluster, Redis } from 'ioredis';
import type { CacheScope } from '#contracts';
import { cacheKeys } from '#redis-keys';
import { CatalogueService, type EntryBound } from '../../apps/cache/src/catalogue/catalogue.service.js';
import { entryLabels, type LabelledEntry } from '../../apps/cache/src/catalogue/entry-labels.js';
import { GenerationService } from '../../apps/cache/src/generation/generation.service.js';
import { entryFields } from '../../apps/cache/src/response/entry-fields.js';
import { encodeStored } from '../../apps/cache/src/response/stored-answer.js';

export const wideBound: EntryBound = { maxEntries: 1_000, eviction: 'lru' };

export interface RawEntry extends Partial<LabelledEntry> {
  /** What the key is made from; of its own unless told. */
  readonly question?: string;
  readonly ttlMs?: number;
  readonly prompt?: string;
  readonly replaces?: string;
}

export interface WrittenEntry {
  readonly entryId: string;
  readonly exactKey: string;
  readonly generation: string;
  readonly exact: string;
  readonly entry: string;
}

/** Writes the two keys of an entry, and tells the catalogue, as a store does. */
export async function writeEntry(
  { replica, client, keyPrefix }: { replica: TestingModule; client: Redis | Cluster; keyPrefix: string },
  scope: CacheScope,
  {
    question = randomBytes(8).toString('hex'),
    ttlMs = 60_000,
    prompt = question,
    model = 'm1',
    ...labelled
  }: RawEntry = {},
  bound = wideBound,
): Promise<WrittenEntry> {
  const keys = cacheKeys(keyPrefix);
  const entryId = newEntryId();
  const exactKey = createHash('sha256').update(question).digest('hex');
  const generation = await replica.get(GenerationService).current(scope);
  const exact = keys.exact(scope.tenant, scope.cacheId, generation, exactKey);
  const entry = keys.entry(scope.tenant, scope.cacheId, entryId);
  const times = { createdAt: Date.now(), expiresAt: Date.now() + ttlMs };
  const labels = entryLabels({ model, ...labelled });
  const use = { model, tokens: 1, costMicroUsd: 1, latencyMs: 0 };
  const header = { entryId, kind: 'chat' as const, ...times, ...use, labels };
  await client.hset(entry, entryFields({ generation, exactKey }, prompt));
  await client.pexpire(entry, ttlMs);
  await client.set(exact, encodeStored({ header, answer: '{"id":"1"}' }), 'PX', ttlMs);
  const listed = { entryId, exactKey, expiresAt: times.expiresAt, model, ...labelled };
  replica.get(CatalogueService).record(scope, listed, bound);
  return { entryId, exactKey, generation, exact, entry };
}

let count = 0;

/** As UUIDv7 ids do, they grow. */
function newEntryId(): string {
  count += 1;
  return (
    Date.now().toString(16).padStart(12, '0') + count.toString(16).padStart(8, '0') + randomBytes(6).toString('hex')
  );
}
