import { sameOrder, sameValues, type Guard } from './guard.js';

/** The same days, months, years and times; two of them may not change places ("from Monday to Friday"). */
export const dateGuard: Guard = {
  name: 'date',
  languages: ['en'],
  vetoes: (a, b) => {
    const [inA, inB] = [a.dates.marks, b.dates.marks];
    if (!sameValues(inA, inB)) return true;
    const isRange = [a, b].every(({ tokens }) => tokens.some(({ word }) => word === 'from' || word === 'between'));
    return isRange && !sameOrder(inA, inB);
  },
};
