import type { LimitState, LimitVerdict } from '#contracts';
import type { EffectiveLimit } from './effective-limit.js';
import type { LocalDemand } from './local-share.js';

interface Denial<Verdict> {
  readonly verdict: Verdict;
  readonly limits: readonly EffectiveLimit[];
  /** When it was asked for, of the clock. */
  readonly askedAt: number;
  readonly until: number;
}

/** Milliseconds after which a changed policy, a reset or an unblocked subject is noticed. */
const longestMs = 1_000;
const mostHeld = 10_000;

/** Whether only time makes room in a limit: of requests nothing is given back, unless a receipt was asked for. */
export function staysDenied({ denyCache, limit: { unit, algorithm } }: EffectiveLimit): boolean {
  return denyCache && unit === 'requests' && algorithm !== 'concurrency';
}

/**
 * Repeats denials without asking: where nothing is given back (`staysDenied`), what did not fit does not fit before the time at
 * which the limits say it will. That time is counted from before the question, so no denial outlives its reason. One denial
 * is for the same counters and the same cost.
 */
export class RememberedDenials<Verdict extends LimitVerdict = LimitVerdict> {
  private readonly held = new Map<string, Denial<Verdict>>();

  /** @param now milliseconds, never going back */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** What `ask` answers, unless the answer is known. */
  async findOr(demands: readonly LocalDemand[], ask: () => Promise<Verdict>): Promise<Verdict> {
    const known = this.find(demands);
    if (known) return known;
    const askedAt = this.now();
    const verdict = await ask();
    if (!verdict.allowed && !verdict.degraded) this.remember(demands, verdict, askedAt);
    return verdict;
  }

  forget(): void {
    this.held.clear();
  }

  /** The denial as it would be told now, with what remained then; nothing when the limits must be asked. */
  private find(demands: readonly LocalDemand[]): Verdict | undefined {
    if (this.held.size === 0) return undefined;
    const name = nameOf(demands);
    const denial = this.held.get(name);
    if (!denial) return undefined;
    const now = this.now();
    if (now < denial.until && isFor(denial, demands)) return later(denial.verdict, Math.floor(now - denial.askedAt));
    this.held.delete(name);
    return undefined;
  }

  private remember(demands: readonly LocalDemand[], verdict: Verdict, askedAt: number): void {
    const binding = verdict.limits.find(({ name }) => name === verdict.binding);
    if (!binding) return;
    // Waits are rounded up to a millisecond.
    const waitMs = binding.retryAfterMs === null ? longestMs : Math.min(longestMs, binding.retryAfterMs - 1);
    const name = nameOf(demands);
    this.held.delete(name);
    const limits = demands.map(({ effective }) => effective);
    this.held.set(name, { verdict, limits, askedAt, until: askedAt + waitMs });
    if (this.held.size > mostHeld) this.held.delete(this.held.keys().next().value!);
  }
}

function nameOf(demands: readonly LocalDemand[]): string {
  let name = '';
  for (const { counter, cost } of demands) name += `${cost} ${counter} `;
  return name;
}

/** Limits that were changed since are other objects. */
function isFor({ limits }: Denial<unknown>, demands: readonly LocalDemand[]): boolean {
  return limits.every((limit, index) => limit === demands[index]!.effective);
}

function later<Verdict extends LimitVerdict>(verdict: Verdict, elapsedMs: number): Verdict {
  return { ...verdict, limits: verdict.limits.map((state) => laterState(state, elapsedMs)) };
}

function laterState(state: LimitState, elapsedMs: number): LimitState {
  const { resetMs, retryAfterMs } = state;
  return {
    ...state,
    resetMs: Math.max(0, resetMs - elapsedMs),
    retryAfterMs: retryAfterMs === null ? null : Math.max(0, retryAfterMs - elapsedMs),
  };
}
