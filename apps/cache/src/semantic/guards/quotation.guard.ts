import type { Analysis } from './analysis.js';
import { sameOrder, type Guard } from './guard.js';

/** What is quoted in one question stands in the other too, in the same order. */
export const quotationGuard: Guard = {
  name: 'quotation',
  languages: 'any',
  vetoes: (a, b) => {
    if (misses(a, b) || misses(b, a)) return true;
    const [inA, inB] = [new Set(a.quotations), new Set(b.quotations)];
    const [first, second] = [[...inA].filter((part) => inB.has(part)), [...inB].filter((part) => inA.has(part))];
    return !sameOrder(first, second);
  },
};

function misses(a: Analysis, b: Analysis): boolean {
  const text = ` ${flat(b.text)} `;
  return a.quotations.some((part) => !b.quotations.includes(part) && !text.includes(` ${flat(part)} `));
}

function flat(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{S}_'-]+/gu, ' ')
    .trim();
}
