import { describe, expect, it } from '@jest/globals';
import { lengthClass, lengthClasses, percentile95 } from './output-lengths.js';

function counted(lengths: readonly number[]): number[] {
  const counts = new Array<number>(lengthClasses).fill(0);
  for (const tokens of lengths) counts[lengthClass(tokens)]! += 1;
  return counts;
}

describe('what is learned of the length of answers', () => {
  it('has a class for every length', () => {
    for (const tokens of [0, 1, 2, 3, 1_000, 1_048_576, 1e12]) {
      expect(lengthClass(tokens)).toBeGreaterThanOrEqual(0);
      expect(lengthClass(tokens)).toBeLessThan(lengthClasses);
    }
  });

  it('is nothing until enough answers were seen', () => {
    expect(percentile95(counted(new Array<number>(19).fill(100)))).toBeUndefined();
    expect(percentile95(counted(new Array<number>(20).fill(100)))).toBeGreaterThanOrEqual(100);
  });

  it.each([1, 7, 100, 999, 4_096, 100_000])(
    'is at least what 95 of 100 needed, and at most 19 %% more: %d',
    (tokens) => {
      const lengths = [...new Array<number>(95).fill(tokens), ...new Array<number>(5).fill(tokens * 10)];
      const found = percentile95(counted(lengths))!;
      expect(found).toBeGreaterThanOrEqual(tokens);
      expect(found).toBeLessThanOrEqual(Math.ceil(tokens * 1.19));
    },
  );

  it('is no length at all where answers are empty', () => {
    expect(percentile95(counted(new Array<number>(50).fill(0)))).toBe(0);
  });
});
