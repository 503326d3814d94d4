import { describe, expect, it } from '@jest/globals';
import type { Upstreams } from '#llm';
import type { CompletionRequest } from '../completion/completion-request.js';
import { EstimateService } from './estimate.service.js';

const price = { inputPer1M: 1, outputPer1M: 2 };
const estimates = new EstimateService({ priceOf: () => price } as unknown as Upstreams);
const chat = (members: object) =>
  ({
    body: { model: 'm', messages: [{ role: 'user', content: 'abcdefgh' }], ...members },
  }) as unknown as CompletionRequest;

describe('an estimate', () => {
  it('of embeddings has no output, which they never write', () => {
    expect(estimates.input('m', 5)).toEqual({ model: 'm', inputTokens: 5, maxOutputTokens: 0, ...price });
  });

  it('of a chat leaves the output open unless the request bounds it', () => {
    expect(estimates.of(chat({}))).toEqual({ model: 'm', inputTokens: 2, ...price });
    expect(estimates.of(chat({ max_tokens: 9 }))).toEqual({ model: 'm', inputTokens: 2, maxOutputTokens: 9, ...price });
  });
});
