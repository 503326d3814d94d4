import type { LimitDefinition } from '#contracts';
import { definitionOf, inMs, type LimitAlgorithm, type LimitNumbers, type LimitReading } from './limit-algorithm.js';

/** Every cost with its time: exact for any window. Leases of a concurrency limit are the same, and end early when released. */
export class SlidingLog implements LimitAlgorithm {
  private readonly length: number;
  private readonly text: string;

  constructor(private readonly limit: LimitDefinition) {
    this.length = limit.windowSeconds! * 1e6;
    this.text = definitionOf('l', limit, [limit.capacity, this.length]);
  }

  definition(): string {
    return this.text;
  }

  addCost(asked: number[], cost: number): void {
    asked.push(cost, 0);
  }

  changeArguments([at]: LimitNumbers, from: number, to: number): readonly string[] {
    return ['l', String(this.length), String(at), '0', String(from), String(to)];
  }

  /** Exact at the time of the numbers; later, and for another cost, it may tell of entries that have ended. */
  read([last, used, freeing]: LimitNumbers, cost: number, now: number): LimitReading {
    const { capacity, windowSeconds } = this.limit;
    const fits = cost === 0 || used + cost <= capacity;
    return {
      remaining: Math.max(0, capacity - used),
      resetMs: used > 0 ? inMs(last + this.length - now) : 0,
      retryAfterMs: fits ? 0 : cost > capacity ? null : inMs(freeing + this.length - now),
      windowSeconds: windowSeconds!,
    };
  }
}
