import { describe, expect, it } from '@jest/globals';
import { retryWaitMs } from './retry-wait.js';

const state = { attempts: 1, retries: 2, hasAlternative: false, remainingMs: 60_000 };
const most = (): number => 1;
const least = (): number => 0;

describe('the wait before a retry', () => {
  it('grows, is jittered and has a bound', () => {
    const at = (attempts: number, random: () => number): number | undefined =>
      retryWaitMs({}, { ...state, attempts, retries: 20 }, random);
    expect([1, 2, 3].map((attempts) => at(attempts, most))).toEqual([250, 500, 1_000]);
    expect([1, 2, 3].map((attempts) => at(attempts, least))).toEqual([125, 250, 500]);
    expect(at(20, most)).toBe(4_000);
  });

  it('is never shorter than upstream asked for, in seconds, milliseconds or as a date', () => {
    expect(retryWaitMs({ 'retry-after': '2' }, state, least)).toBe(2_000);
    expect(retryWaitMs({ 'retry-after': '2', 'retry-after-ms': '30' }, state, most)).toBe(280);
    const date = new Date(Date.now() + 5_000).toUTCString();
    expect(retryWaitMs({ 'retry-after': date }, state, least)).toBeGreaterThan(3_000);
  });

  it('is not worth it when it is long, above all when another upstream could answer', () => {
    expect(retryWaitMs({ 'retry-after': '11' }, state)).toBeUndefined();
    expect(retryWaitMs({ 'retry-after': '2' }, { ...state, hasAlternative: true })).toBeUndefined();
    expect(retryWaitMs({ 'retry-after': '2' }, { ...state, remainingMs: 1_000 })).toBeUndefined();
  });

  it('ends with the retries, or when upstream says so', () => {
    expect(retryWaitMs({}, { ...state, attempts: 3 })).toBeUndefined();
    expect(retryWaitMs({ 'x-should-retry': 'false' }, state)).toBeUndefined();
  });
});
