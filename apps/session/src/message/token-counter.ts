import type { ChatMessage } from '#contracts';
import type { TokenCounts } from './message-log.js';

/** Counts a message's tokens for every family that is kept; bounded in time whatever the text is. */
export abstract class TokenCounter {
  abstract count(message: ChatMessage): Promise<TokenCounts>;
  /** Somebody is about to append: whatever takes long the first time is begun. */
  abstract prepare(): void;
}

/** The family that the API shows as `tokens`. */
export const shownFamily = 'o200k';
