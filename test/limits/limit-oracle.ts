import type { LimitDefinition } from '#contracts';

/** A limit as its definition reads, in exact arithmetic and with everything remembered. Times are microseconds. */
export interface Oracle {
  admits(now: number, cost: number): boolean;
  take(now: number, cost: number): void;
}

interface Taken {
  readonly at: number;
  readonly cost: number;
}

const dayMicros = 86_400e6;

export function oracleOf(limit: LimitDefinition): Oracle {
  const length = limit.windowSeconds ? limit.windowSeconds * 1e6 : dayMicros;
  switch (limit.algorithm) {
    case 'token-bucket':
      return new BucketOracle(limit.capacity, limit.burst ?? limit.capacity, length);
    case 'sliding-window-counter':
      return new CounterOracle(limit.capacity, length);
    case 'sliding-window-log':
    case 'concurrency':
      return new WindowOracle(limit.capacity, (now, at) => at > now - length);
    case 'fixed-window':
    case 'calendar-window':
      return new WindowOracle(limit.capacity, (now, at) => Math.floor(at / length) === Math.floor(now / length));
  }
}

class WindowOracle implements Oracle {
  private readonly taken: Taken[] = [];

  constructor(
    private readonly capacity: number,
    private readonly counts: (now: number, at: number) => boolean,
  ) {}

  admits(now: number, cost: number): boolean {
    const used = this.taken.filter(({ at }) => this.counts(now, at)).reduce((sum, each) => sum + each.cost, 0);
    return used + cost <= this.capacity;
  }

  take(at: number, cost: number): void {
    this.taken.push({ at, cost });
  }
}

/** Holds tokens, each in as many pieces as a window has microseconds: in one of these a window's capacity of pieces drips in. */
class BucketOracle implements Oracle {
  private pieces: bigint;
  private at = 0;

  constructor(
    private readonly capacity: number,
    private readonly burst: number,
    private readonly length: number,
  ) {
    this.pieces = BigInt(burst) * BigInt(length);
  }

  admits(now: number, cost: number): boolean {
    this.drip(now);
    return this.pieces >= BigInt(cost) * BigInt(this.length);
  }

  take(now: number, cost: number): void {
    this.drip(now);
    this.pieces -= BigInt(cost) * BigInt(this.length);
  }

  private drip(now: number): void {
    const full = BigInt(this.burst) * BigInt(this.length);
    this.pieces += BigInt(now - this.at) * BigInt(this.capacity);
    if (this.pieces > full) this.pieces = full;
    this.at = now;
  }
}

/** The window before counts for the part that the sliding window still covers, as a fraction without rounding. */
class CounterOracle implements Oracle {
  private readonly counts = new Map<number, number>();

  constructor(
    private readonly capacity: number,
    private readonly length: number,
  ) {}

  admits(now: number, cost: number): boolean {
    const window = Math.floor(now / this.length);
    const before = BigInt(this.counts.get(window - 1) ?? 0) * BigInt(this.length - (now % this.length));
    const room = BigInt(this.capacity - cost - (this.counts.get(window) ?? 0)) * BigInt(this.length);
    return before <= room;
  }

  take(now: number, cost: number): void {
    const window = Math.floor(now / this.length);
    this.counts.set(window, (this.counts.get(window) ?? 0) + cost);
  }
}
