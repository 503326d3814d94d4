import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DeadlineWheel } from '#redis-connection';
import { backoffMs } from './backoff.js';
import { InFlight } from './in-flight.js';
import { RpcContext } from './rpc-context.js';

beforeEach(() => void jest.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void jest.useRealTimers());

describe('the wheel of deadlines', () => {
  it('ends each item at its time, and none that was taken out', () => {
    const wheel = new DeadlineWheel();
    const ended: string[] = [];
    const item = (name: string, inMs: number) => ({ deadline: Date.now() + inMs, expire: () => ended.push(name) });
    const removed = item('removed', 50);
    for (const each of [item('late', 500), item('soon', 50), removed]) wheel.add(each);
    wheel.delete(removed);
    jest.advanceTimersByTime(49);
    expect(ended).toEqual([]);
    jest.advanceTimersByTime(20);
    expect(ended).toEqual(['soon']);
    jest.advanceTimersByTime(500);
    expect(ended).toEqual(['soon', 'late']);
  });

  it('ends at once what is past already, and waits for what is weeks away', () => {
    const wheel = new DeadlineWheel();
    const ended: string[] = [];
    wheel.add({ deadline: Date.now() - 1, expire: () => ended.push('past') });
    wheel.add({ deadline: Date.now() + 40 * 86_400_000, expire: () => ended.push('far') });
    jest.advanceTimersByTime(20);
    expect(ended).toEqual(['past']);
    jest.advanceTimersByTime(30 * 86_400_000);
    expect(ended).toEqual(['past']);
    jest.advanceTimersByTime(11 * 86_400_000);
    expect(ended).toEqual(['past', 'far']);
    wheel.close();
  });
});

describe('handlers in flight', () => {
  it('let readers wait for a free slot', async () => {
    const inFlight = new InFlight(2);
    inFlight.enter();
    inFlight.enter();
    let free = false;
    const waiting = inFlight.whenFree().then(() => (free = true));
    await Promise.resolve();
    expect([inFlight.free, free]).toEqual([0, false]);
    inFlight.leave();
    await waiting;
    expect(inFlight.free).toBe(1);
  });

  it('are waited for, but only so long', async () => {
    const inFlight = new InFlight(2);
    inFlight.enter();
    const tooShort = inFlight.whenIdle(100);
    await jest.advanceTimersByTimeAsync(150);
    await expect(tooShort).resolves.toBe(false);
    const enough = inFlight.whenIdle(100);
    inFlight.leave();
    await expect(enough).resolves.toBe(true);
  });
});

it('backoff doubles up to its bound, and is jittered downwards only', () => {
  for (let attempt = 1; attempt < 60; attempt++) {
    const full = Math.min(100 * 2 ** (attempt - 1), 5_000);
    const wait = backoffMs(attempt, 100, 5_000);
    expect(wait).toBeGreaterThanOrEqual(full / 2);
    expect(wait).toBeLessThanOrEqual(full);
  }
});

it('a context that was aborted before its signal was asked for gives an aborted signal', () => {
  const context = new RpcContext({ deadline: 0, caller: 'x' });
  context.abort(new Error('first'));
  context.abort(new Error('second'));
  expect(context.signal.aborted).toBe(true);
  expect(context.signal.reason).toMatchObject({ message: 'first' });
});
