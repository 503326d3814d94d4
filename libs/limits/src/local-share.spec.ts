import { beforeEach, describe, expect, it } from '@jest/globals';
import type { LimitDefinition } from '#contracts';
import { effectiveLimits } from './effective-limit.js';
import { LocalShare, type LocalDemand } from './local-share.js';

let now: number;
beforeEach(() => {
  now = 1_000_000;
});

const window: LimitDefinition = {
  name: 'rpm',
  scope: ['user'],
  unit: 'requests',
  algorithm: 'fixed-window',
  capacity: 30,
  windowSeconds: 60,
};

function demand(more: Partial<LimitDefinition> = {}, cost = 1, counter = 'ann'): LocalDemand {
  const limit = { ...window, ...more };
  return { effective: effectiveLimits({ name: 'p', limits: [limit] })[0]!, counter: `${counter} ${limit.name}`, cost };
}

const share = (replicas = 3, mostCounters?: number) => new LocalShare({ replicas, now: () => now, mostCounters });
const admitted = (one: LocalShare, ask: LocalDemand, times: number) =>
  Array.from({ length: times }, () => one.check([ask]).allowed).filter(Boolean).length;

describe('while Redis is away a replica', () => {
  it.each(['fixed-window', 'sliding-window-log', 'sliding-window-counter', 'token-bucket'] as const)(
    'admits its share of a %s, and replicas together no more than the limit',
    (algorithm) => {
      const replicas = [share(), share(), share()];
      const total = replicas.reduce((sum, one) => sum + admitted(one, demand({ algorithm }), 50), 0);
      expect(total).toBe(30);
    },
  );

  it('rounds its share down: what cannot be shared is refused', () => {
    expect(admitted(share(), demand({ capacity: 5 }), 10)).toBe(1);
    expect(admitted(share(), demand({ capacity: 2 }), 10)).toBe(0);
    expect(share().check([demand({ capacity: 2 })])).toMatchObject({
      binding: 'rpm',
      limits: [{ retryAfterMs: null }],
    });
  });

  it.each([0, 1, 29, 59])('never admits more than its share in any window, wherever it begins (%d s)', (offset) => {
    const one = share(1);
    const times: number[] = [];
    now += offset * 1_000;
    for (let step = 0; step < 400; step += 1) {
      if (one.check([demand({}, 1)]).allowed) times.push(now);
      now += 373;
    }
    const mostInWindow = Math.max(
      ...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length),
    );
    expect(mostInWindow).toBe(30);
  });

  it('says when there will be room, and keeps its word', () => {
    for (const algorithm of ['fixed-window', 'token-bucket'] as const) {
      const one = share(1);
      const ask = demand({ algorithm }, 10);
      for (let taken = 0; taken < 3; taken += 1) one.check([ask]);
      const { retryAfterMs } = one.check([ask]).limits[0]!;
      now += retryAfterMs! - 1;
      expect(one.check([ask]).allowed).toBe(false);
      now += 1;
      expect(one.check([ask]).allowed).toBe(true);
    }
  });

  it('counts a calendar window as long as its period is at most', () => {
    const ask = demand({ algorithm: 'calendar-window', windowSeconds: undefined, period: 'day' }, 30);
    const one = share(1);
    expect(one.check([ask]).allowed).toBe(true);
    now += 86_399_000;
    expect(one.check([ask])).toMatchObject({ allowed: false, limits: [{ windowSeconds: 86_400 }] });
    now += 0.06 * 86_400_000;
    expect(one.check([ask]).allowed).toBe(true);
  });

  it('takes from all of the limits or from none', () => {
    const one = share(1);
    const small = demand({ name: 'small', capacity: 1 });
    expect(one.check([demand({}, 3), small]).allowed).toBe(true);
    expect(one.check([demand({}, 3), small])).toMatchObject({ allowed: false, binding: 'small', degraded: true });
    expect(one.peek([demand({}, 0)]).limits).toMatchObject([{ remaining: 27, limit: 30 }]);
  });

  it('lets open limits pass, refuses closed ones, and asks nothing of what costs nothing', () => {
    const open = demand({ name: 'open', onRedisFailure: 'open', capacity: 1 }, 5);
    const closed = demand({ name: 'usd', unit: 'microUsd' }, 1);
    expect(share().check([open])).toMatchObject({ allowed: true });
    expect(share().check([open, closed])).toMatchObject({ allowed: false, binding: 'usd' });
    expect(share().check([open, { ...closed, cost: 0 }])).toMatchObject({ allowed: true });
  });

  it('never refuses by a shadow limit', () => {
    const one = share(1);
    const shadow = demand({ shadow: true }, 20);
    expect([one.check([shadow]).allowed, one.check([shadow]).allowed]).toEqual([true, true]);
    expect(one.peek([shadow])).toMatchObject({ allowed: true, limits: [{ shadow: true, remaining: 0 }] });
  });

  it('gives places back when they are released, or when their time is over', () => {
    const one = share(1);
    const place = demand({ algorithm: 'concurrency', capacity: 2 });
    expect([one.check([place], 'a').allowed, one.check([place], 'b').allowed]).toEqual([true, true]);
    expect(one.check([place], 'c').allowed).toBe(false);
    one.release('a');
    one.release('a');
    one.release('never heard of');
    expect(one.check([place], 'c').allowed).toBe(true);
    expect(one.check([place], 'd')).toMatchObject({ allowed: false, limits: [{ retryAfterMs: 60_000 }] });
    now += 60_000;
    expect([one.check([place]).allowed, one.check([place]).allowed, one.check([place]).allowed]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('keeps so many counters and no more: the rest share one', () => {
    const one = share(1, 10);
    const users = Array.from({ length: 100 }, (_, index) => demand({ capacity: 2 }, 1, `u${index}`));
    const passed = users.filter((ask) => one.check([ask]).allowed).length;
    expect(passed).toBe(12);
    now += 64_000;
    expect(one.check([users[99]!]).allowed).toBe(true);
    expect(one.check([users[98]!]).allowed).toBe(true);
  });

  it('bounds nobody by the counters of another', () => {
    const one = share(1);
    expect(admitted(one, demand({ capacity: 2 }, 1, 'ann'), 5)).toBe(2);
    expect(admitted(one, demand({ capacity: 2 }, 1, 'bob'), 5)).toBe(2);
  });
});
