import type { Analysis } from './analysis.js';
import { sameOrder, type Guard } from './guard.js';

/** Names of code, paths, addresses and flags are the same to the letter, and in the same order. */
export const identifierGuard: Guard = {
  name: 'identifier',
  languages: 'any',
  vetoes: (a, b) => {
    if (misses(a, b) || misses(b, a)) return true;
    const [inA, inB] = [new Set(a.identifiers.map(bare)), new Set(b.identifiers.map(bare))];
    const [first, second] = [[...inA].filter((name) => inB.has(name)), [...inB].filter((name) => inA.has(name))];
    return !sameOrder(first, second);
  },
};

function misses(a: Analysis, b: Analysis): boolean {
  const known = new Set([...b.identifiers, ...b.words].map(bare));
  return a.identifiers.some((name) => !known.has(bare(name)));
}

/** `sort()` and `sort`, `https://x.y/` and `x.y` are one name. */
function bare(name: string): string {
  return name.replace(/^https?:\/\/(?:www\.)?|\(\)$|[./]+$/gu, '');
}
