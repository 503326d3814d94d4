import type { LimitCost } from '#contracts';
import { limitCost, limitCounter, type EffectiveLimit, type LocalDemand } from '#limits';
import { limitSubject, type LimitedCaller } from './limited-caller.js';

/** What a caller asks of each of its limits, as the limit service would work it out. */
export function callerDemands(
  caller: LimitedCaller,
  limits: readonly EffectiveLimit[],
  costOf: (limit: EffectiveLimit) => LimitCost,
): LocalDemand[] {
  const subject = limitSubject(caller);
  return limits.map((effective) => ({
    effective,
    counter: limitCounter(effective, caller.principal.tenant, subject),
    cost: limitCost(effective, costOf(effective), caller.model),
  }));
}
