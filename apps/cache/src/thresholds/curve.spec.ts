import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chooseThreshold } from './choose-threshold.js';
import { curve, pointAtThreshold, type JudgedPair } from './curve.js';
import { wilson } from './wilson.js';

const pair = (similarity: number, same: boolean, vetoed = false): JudgedPair => ({ similarity, same, vetoed });

const anyPair = fc.record({
  similarity: fc.oneof(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
  ),
  same: fc.boolean(),
  vetoed: fc.boolean(),
});
const anyPairs = fc.array(anyPair, { minLength: 1, maxLength: 60 });

describe('the curve of thresholds', () => {
  const pairs = [pair(0.9, true), pair(0.8, false), pair(0.7, true), pair(0.95, false, true), pair(0.6, true, true)];

  it('counts hits from loose to strict, with guards and without', () => {
    const counts = (withGuards: boolean) =>
      curve(pairs, withGuards).map(({ threshold, rightHits, wrongHits }) => [threshold, rightHits, wrongHits]);
    expect(counts(true)).toEqual([
      [0.7, 2, 1],
      [0.8, 1, 1],
      [0.9, 1, 0],
      [1, 0, 0],
    ]);
    expect(counts(false)).toEqual([
      [0.6, 3, 2],
      [0.7, 2, 2],
      [0.8, 1, 2],
      [0.9, 1, 1],
      [0.95, 0, 1],
      [1, 0, 0],
    ]);
  });

  it('tells precision, recall and F1 with their intervals', () => {
    const [loosest] = curve(pairs, true);
    expect(loosest).toMatchObject({ precision: { value: 2 / 3 }, recall: { value: 2 / 3 }, f1: 2 / 3 });
    const [low, high] = wilson(2, 3);
    expect(loosest!.precision).toMatchObject({ low, high });
    expect(curve(pairs, true).at(-1)).toMatchObject({ precision: null, recall: { value: 0 }, f1: 0 });
  });

  it('says at each of its points what counting there says', () => {
    fc.assert(
      fc.property(anyPairs, fc.boolean(), (some, withGuards) => {
        for (const point of curve(some, withGuards)) {
          expect(pointAtThreshold(some, point.threshold, withGuards)).toEqual(point);
        }
      }),
    );
  });

  it('only loses hits as it gets stricter, and guards only take hits away', () => {
    fc.assert(
      fc.property(anyPairs, (some) => {
        const points = curve(some, true);
        points.slice(1).forEach((point, index) => {
          expect(point.threshold).toBeGreaterThan(points[index]!.threshold);
          expect(point.rightHits + point.wrongHits).toBeLessThanOrEqual(
            points[index]!.rightHits + points[index]!.wrongHits,
          );
          const bare = pointAtThreshold(some, point.threshold, false);
          expect(point.rightHits).toBeLessThanOrEqual(bare.rightHits);
          expect(point.wrongHits).toBeLessThanOrEqual(bare.wrongHits);
        });
      }),
    );
  });
});

describe('the best threshold', () => {
  const estimate = { bound: 'value' } as const;

  it('has the best F1 of all, and is the strictest of equals', () => {
    fc.assert(
      fc.property(anyPairs, (some) => {
        const points = curve(some, true);
        const best = chooseThreshold(points, estimate);
        const f1 = Math.max(...points.map((point) => point.f1));
        expect(best?.f1 ?? 0).toBe(f1);
        const equals = points.filter((point) => point.f1 === f1 && point.rightHits > 0);
        expect(best?.threshold).toBe(equals.at(-1)?.threshold);
      }),
    );
  });

  it('reaches the wanted precision with the most right hits', () => {
    const pairs = [pair(0.9, true), pair(0.8, false), pair(0.7, true), pair(0.65, true), pair(0.5, false)];
    const points = curve(pairs, true);
    expect(chooseThreshold(points, { ...estimate, targetPrecision: 0.7 })).toMatchObject({ threshold: 0.65 });
    expect(chooseThreshold(points, { ...estimate, targetPrecision: 0.9 })).toMatchObject({ threshold: 0.9 });
  });

  it('is none where nothing reaches it', () => {
    const points = curve([pair(0.9, false), pair(0.8, true)], true);
    expect(chooseThreshold(points, { ...estimate, targetPrecision: 0.9 })).toBeUndefined();
  });

  it('by the lower end of the interval wants more than a few lucky pairs', () => {
    const lucky = Array.from({ length: 5 }, () => pair(0.9, true));
    const many = Array.from({ length: 500 }, () => pair(0.9, true));
    const wanted = { targetPrecision: 0.99, bound: 'low' } as const;
    expect(chooseThreshold(curve(lucky, true), wanted)).toBeUndefined();
    expect(chooseThreshold(curve(many, true), wanted)).toMatchObject({ threshold: 0.9 });
  });
});
