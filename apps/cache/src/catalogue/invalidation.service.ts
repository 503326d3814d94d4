import { Injectable } from '@nestjs/common';
import type { CacheScope } from '#contracts';
import { HeldValues } from '../held-values.js';
import { InvalidationRepository } from './invalidation.repository.js';
import { Invalidations, markOfEntry, markOfLabels } from './invalidations.js';

/** How long a replica may go on without knowing what another has invalidated. */
const maxAgeMs = 1_000;

/** What the header of a stored answer says about its origin. */
export interface EntryOrigin {
  readonly entryId: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** How long upstream took: the call began so many milliseconds before `createdAt`. */
  readonly latencyMs: number;
  /** From `entryLabels`, at the time of storing. */
  readonly labels?: readonly string[];
}

/**
 * What was invalidated in each cache, and when. An answer is served only when its upstream call began after that: so an answer
 * that was on its way during an invalidation does not outlive it, nor does one that no list names any more because Redis was
 * short of memory.
 */
@Injectable()
export class InvalidationService {
  private readonly held = new HeldValues<Invalidations>({ maxAgeMs, maxEntries: 10_000 });

  constructor(private readonly repository: InvalidationRepository) {}

  /** @throws ServiceError unavailable when it cannot be known: the state Redis is away for longer than a second. */
  isValid(scope: CacheScope, origin: EntryOrigin): boolean | Promise<boolean> {
    const known = this.held.get(heldKey(scope), () => this.read(scope));
    return known instanceof Promise ? known.then((read) => beganLater(origin, read)) : beganLater(origin, known);
  }

  /** Whatever carries all of these labels, and whose upstream call has begun, is served no more. */
  async markLabels(scope: CacheScope, labels: readonly string[]): Promise<void> {
    await this.mark(scope, markOfLabels(labels));
  }

  async markEntry(scope: CacheScope, entryId: string): Promise<void> {
    await this.mark(scope, markOfEntry(entryId));
  }

  private async mark(scope: CacheScope, mark: string): Promise<void> {
    await this.repository.mark(scope, mark);
    this.held.set(heldKey(scope), await this.read(scope));
  }

  /** Only what is new: marks are many, and change seldom. */
  private async read(scope: CacheScope): Promise<Invalidations> {
    const known = this.held.last(heldKey(scope)) ?? Invalidations.none;
    return known.with(await this.repository.since(scope, known.latest));
  }
}

/** Whether the upstream call of an answer began after the last invalidation of what it carries. */
function beganLater({ entryId, createdAt, latencyMs, labels = [] }: EntryOrigin, known: Invalidations): boolean {
  return createdAt - latencyMs > known.lastOf(entryId, labels);
}

function heldKey({ tenant, cacheId }: CacheScope): string {
  return `${tenant}:${cacheId}`;
}
