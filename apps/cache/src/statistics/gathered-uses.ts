import type { CacheScope } from '#contracts';
import type { CountedUse, StatisticsRepository } from './statistics.repository.js';

interface Gathered extends CountedUse {
  readonly scope: CacheScope;
  readonly increments: Record<string, number>;
}

/** Adds up the uses of one turn of the event loop: under load one script counts many of them. */
export class GatheredUses {
  private gathered = new Map<string, Gathered>();

  /** @param onLost told of each sum that could not be written: nobody waits for it, and nobody would learn of it */
  constructor(
    private readonly repository: Pick<StatisticsRepository, 'count'>,
    private readonly onLost: () => void,
  ) {}

  add({ tenant, cacheId }: CacheScope, { day, model, increments }: CountedUse): void {
    // Only the model may hold the separator: it stands last.
    const name = `${tenant}:${cacheId}:${day}:${model}`;
    const use = this.gathered.get(name);
    if (use) return addTo(use.increments, increments);
    if (this.gathered.size === 0) setImmediate(this.send);
    this.gathered.set(name, { scope: { tenant, cacheId }, day, model, increments: { ...increments } });
  }

  private readonly send = (): void => {
    const { gathered } = this;
    this.gathered = new Map();
    for (const { scope, ...use } of gathered.values()) this.repository.count(scope, use).catch(this.onLost);
  };
}

function addTo(sums: Record<string, number>, increments: Readonly<Record<string, number>>): void {
  for (const counter in increments) sums[counter] = (sums[counter] ?? 0) + increments[counter]!;
}
