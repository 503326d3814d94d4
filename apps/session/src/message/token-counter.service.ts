import { Injectable } from '@nestjs/common';
import type { ChatMessage } from '#contracts';
import { countMessageTokens, loadVocabularies } from '#llm';
import { TokenCounter } from './token-counter.js';
import type { TokenCounts } from './message-log.js';

/** Counts by both public vocabularies; what other models take is estimated from `o200k` when it is asked for. */
@Injectable()
export class TokenCounterService extends TokenCounter {
  private isPrepared = false;

  async count(message: ChatMessage): Promise<TokenCounts> {
    return { o200k: await countMessageTokens('o200k', message), cl100k: await countMessageTokens('cl100k', message) };
  }

  override prepare(): void {
    if (this.isPrepared) return;
    this.isPrepared = true;
    void loadVocabularies();
  }
}
