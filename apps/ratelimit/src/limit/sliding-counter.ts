import type { LimitDefinition } from '#contracts';
import { ceilShare, floorShare } from './exact-share.js';
import { definitionOf, inMs, type LimitAlgorithm, type LimitNumbers, type LimitReading } from './limit-algorithm.js';

interface Counted {
  readonly begin: number;
  readonly count: number;
  readonly before: number;
}

/** Two counters: the one of the window before counts for as much of it as the sliding window still covers, rounded up. */
export class SlidingCounter implements LimitAlgorithm {
  private readonly length: number;
  private readonly text: string;

  constructor(private readonly limit: LimitDefinition) {
    this.length = limit.windowSeconds! * 1e6;
    this.text = definitionOf('s', limit, [limit.capacity, this.length]);
  }

  definition(): string {
    return this.text;
  }

  addCost(asked: number[], cost: number): void {
    asked.push(cost, 0);
  }

  changeArguments([begin]: LimitNumbers, from: number, to: number): readonly string[] {
    return ['s', String(this.length), String(begin), '0', String(from), String(to)];
  }

  read(numbers: LimitNumbers, cost: number, now: number): LimitReading {
    const { capacity, windowSeconds } = this.limit;
    const counted = this.countedAt(numbers, now);
    const { begin, count, before } = counted;
    const used = count + before - floorShare(before, Math.max(0, now - begin), this.length);
    const fits = cost === 0 || used + cost <= capacity;
    const whole = begin + (count > 0 ? 2 : before > 0 ? 1 : 0) * this.length;
    return {
      remaining: Math.max(0, capacity - used),
      resetMs: used > 0 ? inMs(whole - now) : 0,
      retryAfterMs: fits ? 0 : cost > capacity ? null : inMs(this.roomAt(counted, cost) - now),
      windowSeconds: windowSeconds!,
    };
  }

  private countedAt([begin, count, before]: LimitNumbers, now: number): Counted {
    if (now < begin + this.length) return { begin, count, before };
    const present = now - (now % this.length);
    return { begin: present, count: 0, before: present - begin <= this.length ? count : 0 };
  }

  /** When the cost will have room: while the window before slides out, or else while this one does. */
  private roomAt({ begin, count, before }: Counted, cost: number): number {
    const { capacity } = this.limit;
    const excess = count + cost - capacity;
    if (excess <= 0) return begin + ceilShare(excess + before, this.length, before);
    return begin + this.length + ceilShare(excess, this.length, count);
  }
}
