import type { Analysis } from './analysis.js';
import { sameOrder, sameValues, type Guard } from './guard.js';

/** The same units on the same numbers; an amount converted into another unit counts as different. */
export const unitGuard: Guard = {
  name: 'unit',
  languages: ['en'],
  vetoes: (a, b) => {
    const [inA, inB] = [measures(a), measures(b)];
    if (!sameValues(inA, inB)) return true;
    const [freeA, freeB] = [a.quantities.freeUnits, b.quantities.freeUnits];
    if (!sameValues(freeA.map(bare), freeB.map(bare))) return true;
    // "miles to km" asks for the opposite of "km to miles"; "a mile" says itself what is converted.
    const [orderA, orderB] = [freeA, freeB].map((free) => unique(free.filter((unit) => bare(unit) === unit)));
    const isShared = (unit: string): boolean => orderA?.includes(unit) === true && orderB?.includes(unit) === true;
    return !sameOrder((orderA ?? []).filter(isShared), (orderB ?? []).filter(isShared));
  },
};

function bare(unit: string): string {
  return unit.replace(/^a /u, '');
}

/** Numbers are the number guard's matter: here only those that have a unit. */
function measures({ quantities }: Analysis): string[] {
  return quantities.numbers.filter(({ unit }) => unit !== '').map(({ value, unit }) => `${value} ${unit}`);
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
