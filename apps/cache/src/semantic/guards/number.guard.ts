import type { Analysis } from './analysis.js';
import { sameOrder, sameValues, type Guard } from './guard.js';
import type { Quantity } from './quantities.js';

/** The same numbers, on the same side of "more than" and "at most", and not exchanged with one another. */
export const numberGuard: Guard = {
  name: 'number',
  languages: 'any',
  vetoes: (a, b) => {
    const [inA, inB] = [numbers(a), numbers(b)];
    if (!sameValues(inA.map(compared), inB.map(compared))) return true;
    const [orderA, orderB] = [inA.map(({ value }) => value), inB.map(({ value }) => value)];
    // In another order, each number must show by what it counts that it still plays the same part.
    return !sameOrder(orderA, orderB) && !areBound(inA, inB);
  },
};

function numbers(analysis: Analysis): readonly Quantity[] {
  return analysis.quantities.numbers;
}

function compared({ value, comparison }: Quantity): string {
  return comparison + value;
}

function areBound(a: readonly Quantity[], b: readonly Quantity[]): boolean {
  const [bindings, others] = [a.map(binding), b.map(binding)];
  const parts = new Set(a.map(({ unit, counted }) => unit + counted));
  return sameValues(bindings, others) && parts.size === new Set(a.map(({ value }) => value)).size && !parts.has('');
}

function binding({ value, unit, counted }: Quantity): string {
  return `${value} ${unit} ${counted}`;
}
