import type { LimitDefinition } from '#contracts';
import { quotaOf } from '#limits';
import { definitionOf, inMs, type LimitAlgorithm, type LimitNumbers, type LimitReading } from './limit-algorithm.js';

/** A time of `whole` microseconds and `parts` of as many as `of` says. */
interface ExactTime {
  readonly whole: number;
  readonly parts: number;
}

/** 2^50 microseconds, 35 years: no bucket takes longer to fill. */
const longest = 2 ** 50;

/**
 * A token bucket computed as the generic cell rate algorithm (ITU-T I.371): all that is kept is the time at which the bucket will
 * be full again. A unit takes period / capacity, which need not be a whole number of microseconds.
 */
export class TokenBucket implements LimitAlgorithm {
  private readonly text: string;
  private readonly windowSeconds: number;
  private readonly burst: number;
  /** One unit takes `period / of` microseconds, in lowest terms. */
  private readonly period: number;
  private readonly of: number;
  private readonly most: ExactTime;

  constructor(limit: LimitDefinition) {
    const quota = quotaOf(limit);
    this.windowSeconds = quota.windowSeconds;
    this.burst = quota.limit;
    const period = limit.windowSeconds! * 1e6;
    const divisor = greatestDivisor(period, limit.capacity);
    this.period = period / divisor;
    this.of = limit.capacity / divisor;
    this.most = this.timeOf(this.burst);
    this.text = definitionOf('b', limit, [this.most.whole, this.most.parts, this.of]);
  }

  definition(): string {
    return this.text;
  }

  addCost(asked: number[], cost: number): void {
    const { whole, parts } = this.timeOf(cost);
    asked.push(whole, parts);
  }

  changeArguments([due, , given]: LimitNumbers, from: number, to: number): readonly string[] {
    const less = to < from ? this.timeOf(from - to).whole : 0;
    const more = to > from ? this.timeOf(to - from) : { whole: 0, parts: 0 };
    const times = [due, given, less, more.whole + (more.parts > 0 ? 1 : 0)].map(String);
    return ['b', String(this.most.whole), ...times];
  }

  read([due, parts]: LimitNumbers, cost: number, now: number): LimitReading {
    const missing = due < now ? { whole: 0, parts: 0 } : { whole: due - now, parts };
    const { whole, parts: costParts } = this.timeOf(cost);
    const wait = missing.whole + whole - this.most.whole;
    const waitParts = missing.parts + costParts - this.most.parts;
    const fits = cost === 0 || wait * this.of + waitParts <= 0;
    return {
      remaining: this.units(this.most.whole - missing.whole, this.most.parts - missing.parts),
      resetMs: inMs(missing.whole + (missing.parts > 0 ? 1 : 0)),
      retryAfterMs: fits ? 0 : cost > this.burst ? null : inMs(Math.max(1, wait + Math.ceil(waitParts / this.of))),
      windowSeconds: this.windowSeconds,
    };
  }

  private timeOf(units: number): ExactTime {
    const product = units * this.period;
    if (product <= Number.MAX_SAFE_INTEGER) {
      const parts = product % this.of;
      return { whole: (product - parts) / this.of, parts };
    }
    const exact = BigInt(units) * BigInt(this.period);
    const whole = Number(exact / BigInt(this.of));
    return whole > longest ? { whole: longest, parts: 0 } : { whole, parts: Number(exact % BigInt(this.of)) };
  }

  /** How many whole units a time is worth. */
  private units(whole: number, parts: number): number {
    const all = whole * this.of + parts;
    if (all <= Number.MAX_SAFE_INTEGER) return Math.max(0, Math.floor(all / this.period));
    return Number((BigInt(whole) * BigInt(this.of) + BigInt(parts)) / BigInt(this.period));
  }
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
