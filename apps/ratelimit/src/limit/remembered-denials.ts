import { untakenOutcome, type MeasuredLimit } from './measured-limit.js';
import type { LimitDemand, LimitOutcome } from './limit-demand.js';

interface Denial {
  readonly measured: readonly MeasuredLimit[];
  /** When it was asked for, of `performance.now()`. */
  readonly askedAt: number;
}

/** Milliseconds after which a changed policy, a reset or an unblocked subject is noticed. */
const longestMs = 1_000;
const mostHeld = 10_000;

/**
 * Repeats denials without asking Redis: where nothing is given back, what did not fit does not fit before the time at which the
 * limit's own numbers say it will. That time is counted from before the question, so no denial outlives its reason.
 */
export class RememberedDenials {
  private readonly held = new Map<string, Denial>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** The denial, as it would be told now; nothing when Redis must be asked. */
  find(demands: readonly LimitDemand[]): LimitOutcome | undefined {
    if (this.held.size === 0) return undefined;
    const name = nameOf(demands);
    const denial = this.held.get(name);
    if (!denial) return undefined;
    const elapsedMs = this.now() - denial.askedAt;
    if (elapsedMs <= longestMs && isFor(denial, demands)) {
      const outcome = untakenOutcome(
        false,
        denial.measured.map((measured) => later(measured, elapsedMs)),
      );
      if (outcome.binding !== undefined) return outcome;
    }
    this.held.delete(name);
    return undefined;
  }

  /** @param askedAt of the clock that the constructor was given */
  remember(measured: readonly MeasuredLimit[], askedAt: number): void {
    const name = nameOf(measured.map(({ demand }) => demand));
    this.held.delete(name);
    this.held.set(name, { measured, askedAt });
    if (this.held.size > mostHeld) this.held.delete(this.held.keys().next().value!);
  }

  forget(): void {
    this.held.clear();
  }
}

function nameOf(demands: readonly LimitDemand[]): string {
  let name = '';
  for (const { counter, cost } of demands) name += `${cost} ${counter} `;
  return name;
}

/** Limits that were changed since are other objects. */
function isFor({ measured }: Denial, demands: readonly LimitDemand[]): boolean {
  return measured.every(({ demand }, index) => demand.effective === demands[index]!.effective);
}

function later(measured: MeasuredLimit, elapsedMs: number): MeasuredLimit {
  return { ...measured, now: measured.now + Math.ceil(elapsedMs * 1_000) };
}
