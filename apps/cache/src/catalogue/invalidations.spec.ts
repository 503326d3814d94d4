import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Invalidations, markOfEntry, markOfLabels } from './invalidations.js';

describe('what was invalidated', () => {
  it('concerns entries that carry all of its labels', () => {
    const known = Invalidations.none.with([[markOfLabels(['b', 'a']), 100]]);
    expect(known.lastOf('e', ['a', 'b', 'c'])).toBe(100);
    expect(known.lastOf('e', ['a'])).toBe(0);
    expect(known.lastOf('e', [])).toBe(0);
  });

  it('can be a single entry', () => {
    const known = Invalidations.none.with([[markOfEntry('e'), 100]]);
    expect([known.lastOf('e', ['a']), known.lastOf('f', ['a'])]).toEqual([100, 0]);
  });

  it('takes in whatever began before the floor', () => {
    const known = Invalidations.none.with([
      ['floor', 50],
      ['a', 100],
    ]);
    expect([known.lastOf('e', []), known.lastOf('e', ['a'])]).toEqual([50, 100]);
  });

  it('is the same object when nothing is new, so that nothing is built anew every second', () => {
    const known = Invalidations.none.with([['a', 100]]);
    expect(known.with([])).toBe(known);
    expect(known.with([['a', 100]])).toBe(known);
    expect(known.with([['a', 101]])).not.toBe(known);
  });

  it('is found as a plain look through all marks finds it, in whatever portions they came', () => {
    const label = fc.constantFrom('a', 'b', 'c', 'd');
    const labels = fc.uniqueArray(label, { minLength: 1 });
    const marks = fc.array(fc.tuple(labels, fc.integer({ min: 1, max: 50 })));
    fc.assert(
      fc.property(marks, fc.uniqueArray(label), fc.nat(10), (given, carried, portion) => {
        // As Redis has it: one time a mark, never going back.
        const ordered = given.sort(([, a], [, b]) => a - b).map(([each, at]) => [markOfLabels(each), at] as const);
        const parts = [ordered.slice(0, portion), ordered.slice(portion)];
        const known = parts.reduce((all, part) => all.with(part), Invalidations.none);
        const concerned = given.filter(([each]) => each.every((name) => carried.includes(name)));
        expect(known.lastOf('e', carried)).toBe(Math.max(0, ...concerned.map(([, at]) => at)));
      }),
    );
  });
});
