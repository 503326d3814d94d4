import { describe, expect, it } from '@jest/globals';
import { costMicroUsd } from './prices.js';

const prices = [
  { model: 'gpt-4o*', inputPer1M: 2.5, outputPer1M: 10, cachedInputPer1M: 1.25 },
  { model: 'gpt-4o-mini', inputPer1M: 0.15, outputPer1M: 0.6 },
  { model: 'a.b', inputPer1M: 1, outputPer1M: 1 },
];
const usage = { prompt_tokens: 1_000, completion_tokens: 500, total_tokens: 1_500 };

describe('the cost of a call', () => {
  it('is in whole micro-dollars', () => {
    expect(costMicroUsd('gpt-4o-2024-08-06', usage, prices)).toBe(7_500);
    expect(costMicroUsd('gpt-4o-mini', { prompt_tokens: 3, completion_tokens: 3 }, prices)).toBe(2);
  });

  it('prefers the exact name to a glob, and reads a glob’s dots as dots', () => {
    expect(costMicroUsd('gpt-4o-mini', usage, prices)).toBe(450);
    expect(costMicroUsd('axb', usage, prices)).toBe(0);
  });

  it('takes the provider’s cached tokens at their own price', () => {
    const cached = { ...usage, prompt_tokens_details: { cached_tokens: 400 } };
    expect(costMicroUsd('gpt-4o', cached, prices)).toBe(600 * 2.5 + 400 * 1.25 + 5_000);
  });

  it.each([
    ['an unknown model', 'x', usage],
    ['no usage', 'gpt-4o', undefined],
    ['nonsense', 'gpt-4o', { prompt_tokens: 'many', completion_tokens: -4 }],
  ])('is nothing for %s', (_what, model, value) => {
    expect(costMicroUsd(model, value, prices)).toBe(0);
  });
});
