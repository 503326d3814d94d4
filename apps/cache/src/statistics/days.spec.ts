import { describe, expect, it } from '@jest/globals';
import { dayOf, daysBetween, lastDays } from './days.js';

describe('days', () => {
  it('include the first and the last, over the end of a month and a leap day', () => {
    expect(daysBetween('2028-02-28', '2028-03-01')).toEqual(['2028-02-28', '2028-02-29', '2028-03-01']);
    expect(daysBetween('2026-11-21', '2026-11-21')).toEqual(['2026-11-21']);
  });

  it.each([
    ['2026-02-30', '2026-03-01'],
    ['2026-13-01', '2026-13-02'],
    ['2026-03-02', '2026-03-01'],
    ['2025-01-01', '2026-06-01'],
  ])('are refused from %s to %s', (from, to) => {
    expect(() => daysBetween(from, to)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it('are those of UTC', () => {
    expect(dayOf(Date.UTC(2026, 10, 21, 23, 59, 59, 999))).toBe('2026-11-21');
    expect(lastDays(Date.UTC(2026, 10, 30))).toEqual({ from: '2026-11-01', to: '2026-11-30' });
  });
});
