import type { LimitState, LimitVerdict } from '#contracts';
import { failureMode, type EffectiveLimit } from './effective-limit.js';
import { createLocalCounter, mostAtOnce, quotaOf, type LocalCounter, type LocalReading } from './local-counters.js';

export interface LocalShareOptions {
  /** How many processes share each limit. */
  readonly replicas: number;
  /** Milliseconds, never going back; the process' own clock unless told. */
  readonly now?: () => number;
  readonly mostCounters?: number;
}

/** What a request asks of one limit, and by which counter (`limitCost`, `limitCounter`). */
export interface LocalDemand {
  readonly effective: EffectiveLimit;
  readonly counter: string;
  readonly cost: number;
}

const sweepEveryMs = 1_000;
/** Nobody knows when Redis will be back. */
const closedRetryMs = 1_000;

/**
 * Verdicts while the counters in Redis are out of reach, by each limit's failure mode: `open` lets pass, `closed` refuses,
 * `local` counts in this process and admits its share of the capacity. Whoever finds no counter free shares one with others.
 */
export class LocalShare {
  private readonly counters = new Map<string, LocalCounter>();
  private readonly leases = new Map<string, LocalCounter[]>();
  private readonly now: () => number;
  private readonly mostCounters: number;
  private sweptAt = -Infinity;
  private unnamed = 0;

  constructor(private readonly options: LocalShareOptions) {
    this.now = options.now ?? (() => performance.now());
    this.mostCounters = options.mostCounters ?? 10_000;
  }

  /** Takes from all of the limits or from none. `lease` names the places taken of concurrency limits, for `release`. */
  check(demands: readonly LocalDemand[], lease?: string): LimitVerdict {
    const now = this.now();
    const parts = demands.map((demand) => this.part(demand, now));
    const verdict = verdictOf(parts);
    if (!verdict.allowed) return verdict;
    const name = lease ?? `unnamed-${(this.unnamed += 1)}`;
    const limits = parts.map(({ demand, counter, state }) => {
      if (!counter || demand.cost === 0) return state;
      counter.take(demand.cost, now, name);
      if (demand.effective.limit.algorithm === 'concurrency') this.remember(name, counter);
      return { ...state, remaining: counter.read(0, now).remaining };
    });
    return { ...verdict, limits };
  }

  /** As `check`, and takes nothing. */
  peek(demands: readonly LocalDemand[]): LimitVerdict {
    const now = this.now();
    return verdictOf(demands.map((demand) => this.part(demand, now)));
  }

  /** Gives places back; a name that is not known is none of this process'. */
  release(lease: string): void {
    for (const counter of this.leases.get(lease) ?? []) counter.release(lease);
    this.leases.delete(lease);
  }

  private part(demand: LocalDemand, now: number): Part {
    const { effective, cost } = demand;
    const mode = failureMode(effective.limit);
    const counter = mode === 'local' ? this.counterOf(demand, now) : undefined;
    const reading = counter?.read(cost, now) ?? withoutCounter(effective, mode === 'closed' && cost > 0);
    const refuses = cost > 0 && reading.retryAfterMs !== 0 && effective.limit.shadow !== true;
    return { demand, counter, refuses, state: stateOf(effective, reading) };
  }

  private counterOf({ effective, counter: name }: LocalDemand, now: number): LocalCounter {
    const known = this.counters.get(name);
    if (known) return known;
    const isFull = this.counters.size >= this.mostCounters && !this.sweep(now);
    const made = createLocalCounter(effective.limit, this.options.replicas);
    if (!isFull) {
      this.counters.set(name, made);
      return made;
    }
    const crowd = `crowd ${effective.policy} ${effective.limit.name}`;
    const joined = this.counters.get(crowd) ?? made;
    this.counters.set(crowd, joined);
    return joined;
  }

  /** Whether there is room now. */
  private sweep(now: number): boolean {
    if (now - this.sweptAt < sweepEveryMs) return false;
    this.sweptAt = now;
    for (const [name, counter] of this.counters) if (counter.isIdle(now)) this.counters.delete(name);
    return this.counters.size < this.mostCounters;
  }

  /** The oldest are forgotten first: their places come back when their time is over. */
  private remember(lease: string, counter: LocalCounter): void {
    const [oldest] = this.leases.keys();
    if (this.leases.size >= this.mostCounters && oldest !== undefined) this.leases.delete(oldest);
    this.leases.set(lease, [...(this.leases.get(lease) ?? []), counter]);
  }
}

interface Part {
  readonly demand: LocalDemand;
  readonly counter: LocalCounter | undefined;
  readonly refuses: boolean;
  readonly state: LimitState;
}

function withoutCounter({ limit }: EffectiveLimit, isClosed: boolean): LocalReading {
  if (isClosed) return { remaining: 0, resetMs: closedRetryMs, retryAfterMs: closedRetryMs };
  return { remaining: mostAtOnce(limit), resetMs: 0, retryAfterMs: 0 };
}

function stateOf({ policy, limit }: EffectiveLimit, reading: LocalReading): LimitState {
  return {
    policy,
    name: limit.name,
    unit: limit.unit,
    algorithm: limit.algorithm,
    ...quotaOf(limit),
    ...reading,
    ...(limit.shadow && { shadow: true as const }),
  };
}

function verdictOf(parts: readonly Part[]): LimitVerdict {
  const verdict = { limits: parts.map(({ state }) => state), degraded: true } as const;
  const failing = parts.filter(({ refuses }) => refuses);
  if (failing.length === 0) return { ...verdict, allowed: true };
  const wait = ({ state }: Part) => state.retryAfterMs ?? Infinity;
  const binding = failing.reduce((worst, part) => (wait(part) > wait(worst) ? part : worst));
  return { ...verdict, allowed: false, binding: binding.state.name };
}
