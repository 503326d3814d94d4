import type { ChatMessage } from '#contracts';
import type { TokenCounts } from './message-log.js';

/** Counts a message's tokens for every family that is kept; bounded in time whatever the text is. */
export abstract class TokenCounter {
  abstract count(message: ChatMessage): Promise<TokenCounts>;
}

/** The family that the API shows as `tokens`. */
export const shownFamily = 'o200k';
