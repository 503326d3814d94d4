import type { LimitDefinition } from '#contracts';

export interface LocalReading {
  readonly remaining: number;
  /** Milliseconds. */
  readonly resetMs: number;
  /** Milliseconds until the cost would fit, 0 when it does; null when it never will. */
  readonly retryAfterMs: number | null;
}

/** One counter in this process' memory. Times are milliseconds of one clock that never goes back. */
export interface LocalCounter {
  read(cost: number, now: number): LocalReading;
  take(cost: number, now: number, lease: string): void;
  /** Gives back what was taken under this name; only places of a concurrency limit are. */
  release(lease: string): void;
  isIdle(now: number): boolean;
}

const periodSeconds = { hour: 3_600, day: 86_400, week: 7 * 86_400, month: 31 * 86_400 } as const;

/** Of a calendar window, the length of the longest one. */
function nominalWindowSeconds({ period, windowSeconds }: LimitDefinition): number {
  return windowSeconds ?? periodSeconds[period ?? 'month'];
}

/** How much a limit admits at once when nothing of it is used. */
export function mostAtOnce({ algorithm, capacity, burst }: LimitDefinition): number {
  return algorithm === 'token-bucket' ? (burst ?? capacity) : capacity;
}

/** What people are told of a limit: so much in so many seconds. Of a bucket, its burst and how long that takes to refill. */
export function quotaOf(limit: LimitDefinition): { readonly limit: number; readonly windowSeconds: number } {
  const most = mostAtOnce(limit);
  const seconds = nominalWindowSeconds(limit);
  if (most === limit.capacity) return { limit: most, windowSeconds: seconds };
  return { limit: most, windowSeconds: Math.ceil((seconds * most) / limit.capacity) };
}

/** A counter for one replica's part of a limit, rounded down: the parts together never exceed the limit. */
export function createLocalCounter(limit: LimitDefinition, replicas: number): LocalCounter {
  const windowMs = nominalWindowSeconds(limit) * 1_000;
  const share = Math.floor(limit.capacity / replicas);
  if (limit.algorithm === 'concurrency') return new LocalLeases(share, windowMs);
  if (limit.algorithm !== 'token-bucket') return new LocalWindow(share, windowMs);
  const burst = Math.floor(mostAtOnce(limit) / replicas);
  return new LocalBucket(burst, (windowMs * replicas) / limit.capacity);
}

/** A token bucket by the generic cell rate algorithm: one number, the time at which it will be full again. */
class LocalBucket implements LocalCounter {
  private fullAt = 0;

  constructor(
    private readonly burst: number,
    private readonly unitMs: number,
  ) {}

  read(cost: number, now: number): LocalReading {
    const missingMs = Math.max(0, this.fullAt - now);
    const roomMs = this.burst * this.unitMs - missingMs;
    const waitMs = Math.max(0, cost * this.unitMs - roomMs);
    return {
      remaining: Math.max(0, Math.floor(roomMs / this.unitMs + 1e-9)),
      resetMs: Math.ceil(missingMs),
      // A millionth of a millisecond is what sums of fractions may be off.
      retryAfterMs: cost > this.burst ? null : waitMs < 1e-6 ? 0 : Math.ceil(waitMs),
    };
  }

  take(cost: number, now: number): void {
    this.fullAt = Math.max(this.fullAt, now) + cost * this.unitMs;
  }

  release(): void {}

  isIdle(now: number): boolean {
    return this.fullAt <= now;
  }
}

const slots = 20;

/**
 * Every other kind of window: what was taken counts for a whole window after it, and up to a twentieth longer. So no window, of
 * whatever alignment, ever holds more than the share.
 */
class LocalWindow implements LocalCounter {
  private readonly slotMs: number;
  /** Sums by number of slot, the oldest first. */
  private readonly sums = new Map<number, number>();
  private total = 0;

  constructor(
    private readonly share: number,
    windowMs: number,
  ) {
    this.slotMs = windowMs / slots;
  }

  read(cost: number, now: number): LocalReading {
    this.forget(now);
    const newest = [...this.sums.keys()].at(-1);
    return {
      remaining: Math.max(0, this.share - this.total),
      resetMs: newest === undefined ? 0 : this.endOf(newest) - now,
      retryAfterMs: cost > this.share ? null : this.waitMs(cost, now),
    };
  }

  take(cost: number, now: number): void {
    const slot = Math.floor(now / this.slotMs);
    this.sums.set(slot, (this.sums.get(slot) ?? 0) + cost);
    this.total += cost;
  }

  release(): void {}

  isIdle(now: number): boolean {
    this.forget(now);
    return this.total === 0;
  }

  private waitMs(cost: number, now: number): number {
    let excess = this.total + cost - this.share;
    if (excess <= 0) return 0;
    for (const [slot, sum] of this.sums) {
      excess -= sum;
      if (excess <= 0) return this.endOf(slot) - now;
    }
    return 0;
  }

  private forget(now: number): void {
    for (const [slot, sum] of this.sums) {
      if (this.endOf(slot) > now) break;
      this.sums.delete(slot);
      this.total -= sum;
    }
  }

  /** When the last of what was taken in a slot counts no longer. */
  private endOf(slot: number): number {
    return Math.ceil((slot + slots + 1) * this.slotMs);
  }
}

/** Places of a concurrency limit; each comes back when released, or after the limit's window. */
class LocalLeases implements LocalCounter {
  private readonly leases = new Map<string, { readonly cost: number; readonly endsAt: number }>();
  private total = 0;

  constructor(
    private readonly share: number,
    private readonly leaseMs: number,
  ) {}

  read(cost: number, now: number): LocalReading {
    this.forget(now);
    const ends = [...this.leases.values()];
    const firstEnd = ends[0]?.endsAt ?? now;
    return {
      remaining: Math.max(0, this.share - this.total),
      resetMs: (ends.at(-1)?.endsAt ?? now) - now,
      retryAfterMs: cost > this.share ? null : this.total + cost <= this.share ? 0 : Math.ceil(firstEnd - now),
    };
  }

  take(cost: number, now: number, lease: string): void {
    this.release(lease);
    this.leases.set(lease, { cost, endsAt: now + this.leaseMs });
    this.total += cost;
  }

  release(lease: string): void {
    this.total -= this.leases.get(lease)?.cost ?? 0;
    this.leases.delete(lease);
  }

  isIdle(now: number): boolean {
    this.forget(now);
    return this.leases.size === 0;
  }

  private forget(now: number): void {
    for (const [lease, { endsAt }] of this.leases) {
      if (endsAt > now) break;
      this.release(lease);
    }
  }
}
