import type { Redis } from 'ioredis';
import type { ChatMessage } from '../../libs/contracts/index.js';

const ttlSeconds = 3_600;
/** About four letters a token, as the pattern is mostly seen with. */
const lettersPerToken = 4;

/** The common published pattern: a session is one JSON value, read, changed and written back as a whole. */
export class OneValueSession {
  constructor(private readonly redis: Redis) {}

  async fill(sessionId: string, messages: readonly ChatMessage[]): Promise<void> {
    await this.redis.set(key(sessionId), JSON.stringify(messages), 'EX', ttlSeconds);
  }

  /** One read and one write serve the append and the window both. */
  async turn(sessionId: string, message: ChatMessage, maxTokens: number): Promise<ChatMessage[]> {
    const history = JSON.parse((await this.redis.get(key(sessionId))) ?? '[]') as ChatMessage[];
    history.push(message);
    await this.redis.set(key(sessionId), JSON.stringify(history), 'EX', ttlSeconds);
    return newest(history, maxTokens);
  }
}

const key = (sessionId: string): string => `chat:history:${sessionId}`;

function newest(history: readonly ChatMessage[], maxTokens: number): ChatMessage[] {
  let [start, letters] = [history.length, 0];
  while (start > 0) {
    const { content } = history[start - 1]!;
    letters += typeof content === 'string' ? content.length : 0;
    if (letters > maxTokens * lettersPerToken) break;
    start -= 1;
  }
  return history.slice(start);
}
