import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import type { CacheScope, EntryAddress, InvalidateRequest } from '#contracts';
import { Metrics } from '#service';
import { GenerationService } from '../generation/generation.service.js';
import type { CachePolicy } from '../policy/cache-policy.js';
import { CatalogueRepository, mostEvicted } from './catalogue.repository.js';
import { EntryRemovalService } from './entry-removal.service.js';
import { entryLabels, promptLabel, selectedLabels, userLabel, type LabelledEntry } from './entry-labels.js';
import { GatheredTouches } from './gathered-touches.js';
import { InvalidationService, type EntryOrigin } from './invalidation.service.js';

export interface CataloguedEntry extends LabelledEntry {
  readonly entryId: string;
  readonly exactKey: string;
  /** When Redis lets it go, in epoch milliseconds; with a sliding time to live, the latest moment that it may slide to. */
  readonly expiresAt: number;
  /** The entry whose place it took under the same key. */
  readonly replaces?: string | undefined;
}

/** What of a cache's policy bounds its entries. */
export type EntryBound = Pick<CachePolicy, 'maxEntries' | 'eviction'>;

/** Recordings under way; beyond that an entry stays unlisted: invalidation still hides it, only the bound overlooks it. */
const mostRecording = 1_000;
const touchEveryMs = 1_000;
const mostTouches = 10_000;
/** Evictions that one new entry may cause, in scripts: more than one only after the bound was lowered. */
const evictionRounds = 20;

/** Knows the entries of each cache: finds them by what they carry, and keeps their number within the policy's bound. */
@Injectable()
export class CatalogueService {
  private readonly evicted: Counter;
  private readonly unlisted: Counter;
  private readonly invalidated: Counter;
  private readonly touches: GatheredTouches;
  private recording = 0;

  constructor(
    private readonly repository: CatalogueRepository,
    private readonly removal: EntryRemovalService,
    private readonly invalidations: InvalidationService,
    private readonly generations: GenerationService,
    metrics: Metrics,
  ) {
    this.evicted = metrics.counter('larder_cache_evicted_entries_total', 'Entries beyond the bound of their cache');
    this.unlisted = metrics.counter('larder_cache_unlisted_entries_total', 'Stored entries that no list names');
    this.invalidated = metrics.counter('larder_cache_invalidated_entries_total', 'Entries deleted by invalidation');
    this.touches = new GatheredTouches({
      everyMs: touchEveryMs,
      most: mostTouches,
      send: async (gathered) => {
        for (const { scope, counts, order } of gathered) await repository.touch(scope, counts, order);
      },
    });
  }

  /** Lists an entry that was stored, and evicts what is beyond the bound. Does not wait, and never fails. */
  record(scope: CacheScope, entry: CataloguedEntry, bound: EntryBound): void {
    if (this.recording >= mostRecording) {
      this.unlisted.inc();
      return;
    }
    this.recording += 1;
    this.list(scope, entry, bound)
      .catch(() => this.unlisted.inc())
      .finally(() => (this.recording -= 1));
  }

  /** An entry was served. Gathered in memory and sent at most once a second; never fails. */
  touch(scope: CacheScope, entryId: string, { eviction }: EntryBound): void {
    this.touches.add(scope, entryId, eviction);
  }

  /**
   * May this answer still be served, or was what it carries invalidated since its upstream call began? Known at once on most
   * calls: what was invalidated is held for at most a second.
   * @throws ServiceError unavailable when that cannot be known
   */
  isValid(scope: CacheScope, origin: EntryOrigin): boolean | Promise<boolean> {
    return this.invalidations.isValid(scope, origin);
  }

  /**
   * The mark first: from then on nothing that carries these labels is served, whether or not the lists still name it.
   * @param only `prompt`: what applications have stored, and no answers to chats
   * @returns how many entries were deleted
   * @throws ServiceError invalid_request unless exactly one member selects; unavailable: ask again
   */
  async invalidate(request: InvalidateRequest, only?: 'prompt'): Promise<number> {
    const { tenant, cacheId } = request;
    const scope = { tenant, cacheId };
    const labels = [...selectedLabels(request), ...(only === 'prompt' ? [promptLabel] : [])];
    return this.invalidateLabelled(scope, labels);
  }

  /**
   * Deletes whatever a user's questions have brought, in every cache of the tenant that names them.
   * @returns how many entries were deleted
   * @throws ServiceError unavailable: ask again
   */
  async forgetUser(tenant: string, userId: string): Promise<number> {
    const label = userLabel(userId);
    let count = 0;
    for (const cacheId of await this.repository.cachesWith(tenant, label)) {
      count += await this.invalidateLabelled({ tenant, cacheId }, [label]);
    }
    return count;
  }

  /** Deletes one entry with its vector and its places in the lists; false when it was gone already. */
  async remove({ tenant, cacheId, entryId }: EntryAddress): Promise<boolean> {
    const scope = { tenant, cacheId };
    if (await this.repository.find(scope, entryId)) {
      return (await this.removal.remove(scope, [entryId])).length > 0;
    }
    // Redis may have let go of the hash and kept the answer: where that lies nobody knows then, but it can be told by its id.
    await this.invalidations.markEntry(scope, entryId);
    return false;
  }

  private async list(scope: CacheScope, entry: CataloguedEntry, { maxEntries }: EntryBound): Promise<void> {
    const { entryId, expiresAt, replaces } = entry;
    const labels = entryLabels(entry);
    // At once, ahead of any command of whoever learns that it was stored: they may want to invalidate it.
    await Promise.all(labels.map((label) => this.repository.list(scope, label, entryId, expiresAt)));
    if (replaces) await this.removal.remove(scope, [replaces], labels);
    for (let round = 0; round < evictionRounds; round += 1) {
      const evicted = await this.repository.admit(scope, entryId, expiresAt, maxEntries);
      await this.removal.remove(scope, evicted);
      this.evicted.inc(evicted.length);
      if (evicted.length < mostEvicted) return;
    }
  }

  private async invalidateLabelled(scope: CacheScope, labels: readonly string[]): Promise<number> {
    await this.invalidations.markLabels(scope, labels);
    const generation = await this.generations.current(scope);
    const [shortest, ...others] = await this.byLength(scope, labels);
    let count = 0;
    for await (const page of this.repository.pages(scope, shortest!)) {
      let entryIds = page;
      for (const label of others) entryIds = await this.repository.among(scope, label, entryIds);
      const removed = await this.removal.remove(scope, entryIds, labels);
      count += removed.filter((place) => place.generation === generation).length;
    }
    this.invalidated.inc(count);
    return count;
  }

  private async byLength(scope: CacheScope, labels: readonly string[]): Promise<string[]> {
    const sizes = await Promise.all(labels.map((label) => this.repository.size(scope, label)));
    return labels
      .map((label, index) => ({ label, size: sizes[index]! }))
      .sort((a, b) => a.size - b.size)
      .map(({ label }) => label);
  }
}
