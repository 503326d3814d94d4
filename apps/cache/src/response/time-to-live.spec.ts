import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { freshness } from './freshness.js';
import { jitteredTtlMs } from './time-to-live.js';

describe('a time to live', () => {
  it('is shortened by at most the jitter, and never prolonged', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 31_556_952 }), random, (ttlSeconds, share) => {
        const ttlMs = jitteredTtlMs(ttlSeconds, 0.1, () => share);
        expect(ttlMs).toBeLessThanOrEqual(ttlSeconds * 1_000);
        expect(ttlMs).toBeGreaterThanOrEqual(ttlSeconds * 900);
        expect(Number.isInteger(ttlMs)).toBe(true);
      }),
    );
  });

  it('is the wanted one without jitter', () => {
    expect(jitteredTtlMs(60, 0)).toBe(60_000);
  });
});

describe('freshness', () => {
  const at = (nowMs: number, maxAgeSeconds?: number) =>
    freshness({ createdAt: 10_000, expiresAt: 20_000 }, { maxAgeSeconds }, nowMs);

  it('tells age in whole seconds and the life that is left', () => {
    expect(at(11_999)).toEqual({ ageSeconds: 1, ttlSeconds: 9, isStale: false });
  });

  it('is over at the end of the life, even if Redis still has the key', () => {
    expect(at(19_999).reason).toBeUndefined();
    expect(at(20_000).reason).toBe('absent');
  });

  it('is stale for as long as the policy serves what has expired', () => {
    const stale = (nowMs: number) => freshness({ createdAt: 10_000, expiresAt: 20_000 }, { staleSeconds: 5 }, nowMs);
    expect(stale(20_000)).toEqual({ ageSeconds: 10, ttlSeconds: -1, isStale: true });
    expect(stale(24_999)).toEqual({ ageSeconds: 14, ttlSeconds: -5, isStale: true });
    expect(stale(25_000).reason).toBe('absent');
  });

  it('obeys the oldest age that the caller accepts', () => {
    expect(at(12_000, 2).reason).toBeUndefined();
    expect(at(12_001, 2).reason).toBe('too-old');
    expect(at(10_000, 0).reason).toBe('too-old');
  });

  it('is never negative where clocks differ', () => {
    expect(at(9_000)).toMatchObject({ ageSeconds: 0 });
  });
});
