import { describe, expect, it } from '@jest/globals';
import { defaultPolicy } from '../policy/cache-policy.js';
import { entryLife } from './entry-life.js';

const policy = { ...defaultPolicy, ttlJitter: 0 };
const hour = { ttlSeconds: 3_600 };
const week = { ttlSeconds: 604_800 };

describe('the life of a new entry', () => {
  it("is the request's own, else the class's, else the cache's", () => {
    expect(entryLife(policy, {}, undefined, 0).ttlMs).toBe(86_400_000);
    expect(entryLife(policy, hour, undefined, 0).ttlMs).toBe(3_600_000);
    expect(entryLife(policy, week, undefined, 0).ttlMs).toBe(604_800_000);
    expect(entryLife(policy, hour, 7_200, 0).ttlMs).toBe(7_200_000);
  });

  it('is never longer by a built-in rule than the cache asks for, and is by a rule of its own', () => {
    const short = { ...policy, ttlSeconds: 60 };
    expect(entryLife(short, week, undefined, 0).ttlMs).toBe(60_000);
    expect(entryLife({ ...short, ttlRules: [] }, week, undefined, 0).ttlMs).toBe(604_800_000);
  });

  it('goes on in Redis for the longest time that it may be served stale', () => {
    const stale = { ...policy, staleWhileRevalidateSeconds: 10, staleIfErrorSeconds: 60 };
    const life = entryLife(stale, {}, 100, 1_000);
    expect(life).toEqual({
      createdAt: 1_000,
      expiresAt: 101_000,
      staleMs: 60_000,
      ttlMs: 100_000,
      keptMs: 160_000,
      keptUntil: 161_000,
    });
  });

  it('slides up to the cap, seven times itself unless told', () => {
    const sliding = { ...policy, slidingTtl: true };
    expect(entryLife(sliding, {}, 100, 0)).toMatchObject({ slidingMs: 100_000, expiresAt: 700_000, keptMs: 100_000 });
    const capped = { ...sliding, maxAgeSeconds: 50, staleIfErrorSeconds: 5 };
    expect(entryLife(capped, {}, 100, 0)).toMatchObject({ slidingMs: 50_000, expiresAt: 50_000, keptUntil: 55_000 });
  });
});
