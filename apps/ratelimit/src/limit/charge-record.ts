import { isGlobal, placeOf } from './counted-limit.js';
import type { LimitCharge, LimitDemand } from './limit-demand.js';
import { threeNumbers } from './measured-limit.js';

/** The tenant's own demands as JSON text: a record keeps it beside what `numbersText` of take-limits.lua says. */
export function chargesText(demands: readonly LimitDemand[]): string {
  const own = demands.filter(({ effective }) => !isGlobal(effective.limit));
  const charges = own.map(({ effective: { policy, limit }, counter, cost }) => {
    return { policy, limit, place: placeOf(limit, counter), cost };
  });
  return JSON.stringify(charges);
}

/** @param numbers what `numbersText` made of the reply of `takeLimits`, for the same demands */
export function recordedCharges(text: string, numbers: string): LimitCharge[] {
  const charges = JSON.parse(text) as Omit<LimitCharge, 'slot'>[];
  const all = numbers.split(' ').map(Number);
  return charges.map((charge, index) => {
    const from = 2 + 4 * index;
    // One in shadow without room. Those of cost 0 stay: settling may charge there what nobody foresaw.
    const cost = all[from + 3] === 1 ? charge.cost : 0;
    return { ...charge, cost, slot: threeNumbers(all, from) };
  });
}
