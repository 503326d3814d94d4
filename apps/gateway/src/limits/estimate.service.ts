import { Injectable } from '@nestjs/common';
import type { CostEstimate } from '#contracts';
import { Upstreams } from '#llm';
import type { CompletionRequest } from '../completion/completion-request.js';
import { inputTokens, maxOutputTokens } from './token-estimate.js';

/** What a model call will cost, as far as that can be known before it is made. */
@Injectable()
export class EstimateService {
  constructor(private readonly upstreams: Upstreams) {}

  of({ body }: CompletionRequest): CostEstimate {
    const most = maxOutputTokens(body);
    return { ...this.priced(body.model, inputTokens(body)), ...(most !== undefined && { maxOutputTokens: most }) };
  }

  /** Of a call that writes nothing, such as one for embeddings, all is input. */
  input(model: string, tokens: number): CostEstimate {
    return { ...this.priced(model, tokens), maxOutputTokens: 0 };
  }

  private priced(model: string, tokens: number): CostEstimate {
    const price = this.upstreams.priceOf(model);
    return {
      model,
      inputTokens: tokens,
      ...(price && { inputPer1M: price.inputPer1M, outputPer1M: price.outputPer1M }),
    };
  }
}
