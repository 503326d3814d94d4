import { createHash } from 'node:crypto';
import type { CacheCounts } from '#contracts';

/** What one use of a cache adds to its counters: `hitsExact`, `miss:absent`, … */
export type Increments = Readonly<Record<string, number>>;

const missPrefix = 'miss:';
const modelPattern = /^[A-Za-z0-9_.:/-]{1,128}$/;

/** A model's name as part of a field: as it is when it looks like one, hashed otherwise, so that no prompt gets in. */
export function modelField(model: string): string {
  if (modelPattern.test(model)) return model;
  return `sha256-${createHash('sha256').update(model).digest('hex').slice(0, 16)}`;
}

/** Counters of one whole or one model, being added up. */
export class CountsSum {
  private readonly counters = new Map<string, number>();

  add(counter: string, amount: number): void {
    this.counters.set(counter, (this.counters.get(counter) ?? 0) + amount);
  }

  counts(): CacheCounts {
    const savedMicroUsd = this.get('savedMicroUsd');
    const embeddingMicroUsd = Math.round(this.get('embeddingNanoUsd') / 1_000);
    const netSavedMicroUsd = savedMicroUsd - embeddingMicroUsd;
    return {
      hitsExact: this.get('hitsExact'),
      hitsSemantic: this.get('hitsSemantic'),
      hitsStale: this.get('hitsStale'),
      shadowHitsExact: this.get('shadowHitsExact'),
      shadowHitsSemantic: this.get('shadowHitsSemantic'),
      coalesced: this.get('coalesced'),
      stores: this.get('stores'),
      misses: this.misses(),
      tokensSaved: this.get('tokensSaved'),
      savedMicroUsd,
      savedUsd: formatUsd(savedMicroUsd),
      embeddingMicroUsd,
      netSavedMicroUsd,
      netSavedUsd: formatUsd(netSavedMicroUsd),
      timeSavedMs: this.get('timeSavedMs'),
    };
  }

  private get(counter: string): number {
    return this.counters.get(counter) ?? 0;
  }

  private misses(): Record<string, number> {
    const misses = [...this.counters].filter(([counter]) => counter.startsWith(missPrefix));
    return Object.fromEntries(misses.map(([counter, amount]) => [counter.slice(missPrefix.length), amount]));
  }
}

/** Micro-dollars as dollars with six decimals, without floating point. */
export function formatUsd(microUsd: number): string {
  const digits = String(Math.abs(Math.trunc(microUsd))).padStart(7, '0');
  return `${microUsd < 0 ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
