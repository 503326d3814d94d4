import { describe, expect, it } from '@jest/globals';
import { wilson } from './wilson.js';

describe("Wilson's interval", () => {
  it.each([
    [0, 0, 0, 1],
    [0, 30, 0, 0.1135],
    [30, 30, 0.8865, 1],
    [5, 10, 0.2366, 0.7634],
  ])('of %d in %d', (successes, trials, low, high) => {
    const [from, to] = wilson(successes, trials);
    expect([from, to].map((value) => Number(value.toFixed(4)))).toEqual([low, high]);
  });
});
