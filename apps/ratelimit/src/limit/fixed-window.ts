import type { LimitDefinition } from '#contracts';
import { definitionOf, inMs, type LimitAlgorithm, type LimitNumbers, type LimitReading } from './limit-algorithm.js';

/** Windows of one length, the first of which began with 1970: all counters of a limit begin anew together. */
export class FixedWindow implements LimitAlgorithm {
  private readonly length: number;
  private readonly text: string;

  constructor(private readonly limit: LimitDefinition) {
    this.length = limit.windowSeconds! * 1e6;
    this.text = definitionOf('f', limit, [limit.capacity, this.length]);
  }

  definition(): string {
    return this.text;
  }

  addCost(asked: number[], cost: number): void {
    asked.push(cost, 0);
  }

  changeArguments(charge: LimitNumbers, from: number, to: number): readonly string[] {
    return changeOfWindow(charge, this.length, from, to);
  }

  read([begin, count]: LimitNumbers, cost: number, now: number): LimitReading {
    const own = begin + this.length;
    const over = now >= own;
    const end = over ? now - (now % this.length) + this.length : own;
    return {
      ...readWindow(this.limit.capacity, over ? 0 : count, cost, end - now),
      windowSeconds: this.limit.windowSeconds!,
    };
  }
}

export function changeOfWindow([begin]: LimitNumbers, length: number, from: number, to: number): readonly string[] {
  return ['f', String(length), String(begin), '0', String(from), String(to)];
}

/** @param left microseconds until the window ends */
export function readWindow(capacity: number, count: number, cost: number, left: number) {
  const endsInMs = inMs(left);
  const fits = cost === 0 || count + cost <= capacity;
  return {
    remaining: Math.max(0, capacity - count),
    resetMs: endsInMs,
    retryAfterMs: fits ? 0 : cost > capacity ? null : endsInMs,
  };
}
