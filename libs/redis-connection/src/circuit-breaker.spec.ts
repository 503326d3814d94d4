import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CircuitBreaker } from './circuit-breaker.js';

describe('the circuit breaker', () => {
  let told: string[];
  let answers: () => Promise<boolean>;
  let probes: number;
  let breaker: CircuitBreaker;

  beforeEach(() => {
    jest.useFakeTimers();
    told = [];
    probes = 0;
    answers = () => Promise.resolve(false);
    breaker = new CircuitBreaker({
      threshold: 3,
      probeEveryMs: 250,
      probe: () => {
        probes += 1;
        return answers();
      },
      onOpen: (reason) => told.push(`open: ${reason}`),
      onClose: () => told.push('closed'),
    });
  });

  afterEach(() => {
    breaker.stop();
    jest.useRealTimers();
  });

  const fail = (times: number) => Array.from({ length: times }, () => breaker.failed('late'));

  it('opens at the third fault in a row', () => {
    fail(2);
    breaker.succeeded();
    fail(2);
    expect(breaker.isOpen).toBe(false);
    fail(1);
    expect(breaker.isOpen).toBe(true);
  });

  it('tells of transitions only', () => {
    fail(50);
    breaker.open('lost');
    breaker.close();
    breaker.close();
    expect(told).toEqual(['open: late', 'closed']);
  });

  it('probes in the background until an answer comes, and then no more', async () => {
    fail(3);
    await jest.advanceTimersByTimeAsync(1_000);
    expect([probes, breaker.isOpen]).toEqual([4, true]);
    answers = () => Promise.resolve(true);
    await jest.advanceTimersByTimeAsync(1_000);
    expect([probes, breaker.isOpen]).toEqual([5, false]);
  });

  it('outlives a probe that throws', async () => {
    answers = () => Promise.reject(new Error('no connection'));
    fail(3);
    await jest.advanceTimersByTimeAsync(500);
    answers = () => Promise.resolve(true);
    await jest.advanceTimersByTimeAsync(250);
    expect(breaker.isOpen).toBe(false);
  });

  it('sends one probe at a time', async () => {
    answers = () => new Promise(() => undefined);
    fail(3);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(probes).toBe(1);
  });

  it('is not closed by a probe that a reconnect has overtaken', async () => {
    let answer: (value: boolean) => void = () => undefined;
    answers = () => new Promise((resolve) => (answer = resolve));
    fail(3);
    await jest.advanceTimersByTimeAsync(250);
    breaker.close();
    breaker.open('lost again');
    answer(true);
    await jest.advanceTimersByTimeAsync(1);
    expect(breaker.isOpen).toBe(true);
  });

  it('counts anew after it closed', () => {
    fail(3);
    breaker.close();
    fail(2);
    expect(breaker.isOpen).toBe(false);
  });

  it('rests once it is stopped', async () => {
    fail(3);
    breaker.stop();
    await jest.advanceTimersByTimeAsync(1_000);
    breaker.open('lost');
    expect([probes, told]).toEqual([0, ['open: late']]);
  });
});
