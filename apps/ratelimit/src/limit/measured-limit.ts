import type { LimitDefinition, LimitState } from '#contracts';
import { mostAtOnce } from '#limits';
import { algorithmOf } from './algorithm-of.js';
import { placeOf } from './counted-limit.js';
import type { LimitNumbers, LimitReading } from './limit-algorithm.js';
import type { LimitCharge, LimitDemand, LimitOutcome } from './limit-demand.js';

/** What the script said of one demand. */
export interface MeasuredLimit {
  readonly demand: LimitDemand;
  readonly numbers: LimitNumbers;
  /** Microseconds of the server. */
  readonly now: number;
  readonly charged: boolean;
}

/** What the numbers of `takeLimits` say of each demand. @param at where the answer begins: at its verdict */
export function measuredLimits(
  demands: readonly LimitDemand[],
  numbers: readonly number[],
  at: number,
): MeasuredLimit[] {
  const now = numbers[0]!;
  return demands.map((demand, index) => {
    const from = at + 1 + 4 * index;
    return { demand, numbers: threeNumbers(numbers, from), now, charged: numbers[from + 3] === 1 };
  });
}

export function threeNumbers(numbers: readonly number[], from: number): LimitNumbers {
  return [numbers[from]!, numbers[from + 1]!, numbers[from + 2]!];
}

/** Of what was taken. Few ask for the charges, and each costs a hash: they are worked out for those who do. */
export class TakenOutcome implements LimitOutcome {
  readonly allowed = true;
  readonly limits: readonly LimitState[];

  constructor(private readonly measured: readonly MeasuredLimit[]) {
    this.limits = measured.map(stateOf);
  }

  get charges(): readonly LimitCharge[] {
    return this.measured.filter(({ charged }) => charged).map(chargeOf);
  }
}

/** Of all demands, in their order; those that were charged nothing, for nothing. */
export function chargesOf(measured: readonly MeasuredLimit[]): LimitCharge[] {
  return measured.map((each) => ({ ...chargeOf(each), cost: each.charged ? each.demand.cost : 0 }));
}

/** Of a denial or a look: nothing was charged. */
export function untakenOutcome(allowed: boolean, measured: readonly MeasuredLimit[]): LimitOutcome {
  const limits = measured.map(stateOf);
  const binding = allowed ? undefined : bindingOf(limits);
  return { allowed, ...(binding === undefined ? {} : { binding }), limits, charges: [] };
}

/** The failing limit that takes longest, or never fits. */
function bindingOf(limits: readonly LimitState[]): string | undefined {
  const failing = limits.filter(({ retryAfterMs, shadow }) => retryAfterMs !== 0 && !shadow);
  return failing.toSorted((one, other) => (other.retryAfterMs ?? Infinity) - (one.retryAfterMs ?? Infinity))[0]?.name;
}

function stateOf({ demand, numbers, now, charged }: MeasuredLimit): LimitState {
  const { policy, limit } = demand.effective;
  return limitState(policy, limit, algorithmOf(limit).read(numbers, charged ? 0 : demand.cost, now));
}

/** A charge's limit as it stands after a change. */
export function changedState({ policy, limit }: LimitCharge, numbers: LimitNumbers, now: number): LimitState {
  return limitState(policy, limit, algorithmOf(limit).read(numbers, 0, now));
}

function limitState(policy: string, limit: LimitDefinition, reading: LimitReading): LimitState {
  const { name, unit, algorithm } = limit;
  const { windowSeconds, remaining, resetMs, retryAfterMs } = reading;
  const state = {
    policy,
    name,
    unit,
    algorithm,
    limit: mostAtOnce(limit),
    windowSeconds,
    remaining,
    resetMs,
    retryAfterMs,
  };
  return limit.shadow ? { ...state, shadow: true } : state;
}

function chargeOf({ demand, numbers }: MeasuredLimit): LimitCharge {
  const { policy, limit } = demand.effective;
  return { policy, limit, place: placeOf(limit, demand.counter), cost: demand.cost, slot: numbers };
}
