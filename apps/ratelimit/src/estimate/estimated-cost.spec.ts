import { describe, expect, it } from '@jest/globals';
import type { LimitDefinition, OutputEstimator } from '#contracts';
import { effectiveLimits, limitCost } from '#limits';
import { defaultOutputTokens, estimatedCost } from './estimated-cost.js';

function limited(limit: Partial<LimitDefinition>, outputEstimator: OutputEstimator = 'max-tokens') {
  const definition: LimitDefinition = {
    name: 'l1',
    scope: ['user'],
    unit: 'tokens',
    algorithm: 'fixed-window',
    capacity: 1_000_000,
    windowSeconds: 60,
    ...limit,
  };
  return effectiveLimits({ name: 'p1', outputEstimator, limits: [definition] });
}

const call = { model: 'gpt-4o', inputTokens: 100 };
const outputOf = (...args: Parameters<typeof estimatedCost>) => estimatedCost(...args).outputTokens;

describe('the output of a call is taken to be', () => {
  it('what the request allows, else what was learned, else a thousand', () => {
    expect(outputOf({ ...call, maxOutputTokens: 300 }, 50, limited({}), 'gpt-4o')).toBe(300);
    expect(outputOf(call, 50, limited({}), 'gpt-4o')).toBe(50);
    expect(outputOf(call, undefined, limited({}), 'gpt-4o')).toBe(defaultOutputTokens);
  });

  it('nothing where the request allows none', () => {
    expect(outputOf({ ...call, maxOutputTokens: 0 }, 50, limited({}), 'embedder')).toBe(0);
    expect(outputOf({ ...call, maxOutputTokens: 0 }, undefined, limited({}, 'learned'), 'embedder')).toBe(0);
  });

  it('what was learned where the policy says so, never more than the request allows', () => {
    const learned = limited({}, 'learned');
    expect(outputOf({ ...call, maxOutputTokens: 300 }, 50, learned, 'gpt-4o')).toBe(50);
    expect(outputOf({ ...call, maxOutputTokens: 30 }, 50, learned, 'gpt-4o')).toBe(30);
    expect(outputOf({ ...call, maxOutputTokens: 300 }, undefined, learned, 'gpt-4o')).toBe(300);
  });

  it('what the request allows where one of several policies says so', () => {
    const both = [...limited({}, 'learned'), ...limited({})];
    expect(outputOf({ ...call, maxOutputTokens: 300 }, 50, both, 'gpt-4o')).toBe(300);
  });
});

describe('a first request is never refused for an estimate', () => {
  it.each([
    ['tokens', { unit: 'tokens', capacity: 500 }],
    ['tokens of the output', { unit: 'outputTokens', capacity: 70 }],
    ['a bucket that holds less than its capacity', { algorithm: 'token-bucket', capacity: 10_000, burst: 400 }],
    ['money', { unit: 'microUsd', capacity: 4_000 }],
    ['a model that counts more', { capacity: 5_000, weights: { 'gpt-4*': 12.345 } }],
  ] as const)('limit of %s', (_, limit) => {
    const limits = limited(limit);
    const estimate = { ...call, maxOutputTokens: 128_000, inputPer1M: 2.5, outputPer1M: 10 };
    for (const asked of [estimate, { ...estimate, maxOutputTokens: undefined! }]) {
      const cost = estimatedCost(asked, 90_000, limits, 'gpt-4o');
      const most = Math.min(limits[0]!.limit.capacity, limits[0]!.limit.burst ?? Infinity);
      expect(limitCost(limits[0]!, cost, 'gpt-4o')).toBeLessThanOrEqual(most);
      expect(cost.outputTokens).toBeGreaterThan(0);
      const more = { ...cost, outputTokens: cost.outputTokens! + 2, microUsd: cost.microUsd! + 20 };
      expect(limitCost(limits[0]!, more, 'gpt-4o')).toBeGreaterThan(most);
    }
  });

  it('but for an input that is too long by itself it is, and the estimate stays', () => {
    const cost = estimatedCost({ ...call, inputTokens: 600 }, 50, limited({ capacity: 500 }), 'gpt-4o');
    expect(cost).toMatchObject({ inputTokens: 600, outputTokens: 50 });
  });

  it('a limit in shadow, which never refuses, shortens nothing', () => {
    expect(outputOf(call, 5_000, limited({ capacity: 500, shadow: true }), 'gpt-4o')).toBe(5_000);
  });
});

it('money is estimated by the prices, rounded to the nearest micro-dollar', () => {
  const priced = { ...call, maxOutputTokens: 3, inputPer1M: 0.15, outputPer1M: 0.6 };
  expect(estimatedCost(priced, undefined, limited({}), undefined).microUsd).toBe(17);
});
