import { Injectable } from '@nestjs/common';
import type { CacheScope } from '#contracts';
import { HeldValues } from '../held-values.js';
import { GenerationRepository } from './generation.repository.js';

/** How long a replica may go on with a generation that another has flushed; also how long hits outlive the state Redis. */
const maxAgeMs = 1_000;

/**
 * The present generation of each cache. Without one (the state Redis is away for longer than a second) nothing is served:
 * a flush might have happened.
 */
@Injectable()
export class GenerationService {
  private readonly held = new HeldValues<string>({ maxAgeMs, maxEntries: 10_000 });

  constructor(private readonly repository: GenerationRepository) {}

  /** @throws ServiceError unavailable when it cannot be known. */
  current(scope: CacheScope): string | Promise<string> {
    return this.held.get(heldKey(scope), () => this.repository.read(scope, this.floor(scope)));
  }

  async advance(scope: CacheScope): Promise<string> {
    const generation = await this.repository.advance(scope, this.floor(scope));
    this.held.set(heldKey(scope), generation);
    return generation;
  }

  /** The last generation seen here: a failover that lost the flush is put right by the next read. */
  private floor(scope: CacheScope): string {
    return this.held.last(heldKey(scope)) ?? '0';
  }
}

function heldKey({ tenant, cacheId }: CacheScope): string {
  return `${tenant}:${cacheId}`;
}
