import { describe, expect, it } from '@jest/globals';
import { estimatedCost, reportedCost } from './model-cost.js';
import { estimateTokens, inputTokens, maxOutputTokens } from './token-estimate.js';

const user = (content: string | object[]) => ({ model: 'm', messages: [{ role: 'user', content }] }) as never;

describe('an estimate of tokens', () => {
  it('is a quarter of what the texts take in UTF-8, rounded up', () => {
    expect(inputTokens(user('eight ch'))).toBe(2);
    expect(inputTokens(user('日本'))).toBe(2);
    expect(inputTokens({ model: 'm', input: 'nine char', instructions: 'four' })).toBe(4);
  });

  it('takes no picture for its bytes', () => {
    const url = `data:image/png;base64,${'A'.repeat(4_000_000)}`;
    expect(inputTokens(user([{ type: 'image_url', image_url: { url, detail: 'low' } }]))).toBe(1_000);
  });

  it('counts tools, whose schemas are read too', () => {
    const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }];
    expect(inputTokens({ model: 'm', messages: [], tools })).toBe(Math.ceil(JSON.stringify(tools).length / 4));
  });

  it('counts token ids one by one', () => {
    expect(estimateTokens([[1, 2, 3], [4]])).toBe(4);
  });

  it.each([
    [{}, undefined],
    [{ max_tokens: 100 }, 100],
    [{ max_tokens: 100, max_completion_tokens: 50 }, 50],
    [{ max_output_tokens: 7 }, 7],
    [{ max_tokens: 100, n: 3 }, 300],
    [{ max_tokens: -1 }, undefined],
    [{ max_tokens: 1e300 }, 1_000_000_000],
  ])('knows what the request allows: %j', (body, most) => {
    expect(maxOutputTokens({ model: 'm', ...body })).toBe(most);
  });
});

describe('the cost of a model call', () => {
  it('is what upstream reported, to the token', () => {
    const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 20 };
    expect(reportedCost(usage, 5)).toEqual({ inputTokens: 11, outputTokens: 7, tokens: 20, microUsd: 5 });
    expect(reportedCost({ prompt_tokens: 4 }, 0)).toEqual({ inputTokens: 4, outputTokens: 0, tokens: 4, microUsd: 0 });
  });

  it.each([undefined, null, {}, { total_tokens: 'many' }, { prompt_tokens: NaN }])(
    'is not known from a report of %j',
    (usage) => {
      expect(reportedCost(usage, 0)).toBeUndefined();
    },
  );

  it('is estimated by the price table where nothing was reported', () => {
    const estimate = { model: 'm', inputTokens: 1_000, inputPer1M: 2.5, outputPer1M: 10 };
    expect(estimatedCost(estimate, 10)).toEqual({ inputTokens: 1_000, outputTokens: 10, microUsd: 2_600 });
    expect(estimatedCost({ ...estimate, maxOutputTokens: 20 }).outputTokens).toBe(20);
    expect(estimatedCost({ ...estimate, maxOutputTokens: 1e9 }).outputTokens).toBe(1_024);
  });
});
