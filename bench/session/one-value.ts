import type { Redis } from 'ioredis';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import type { ChatMessage } from '../../libs/contracts/index.js';

const ttlSeconds = 3_600;

/** What the pattern keeps of a message: when it was said, and its tokens, so that they are counted once, as ours are. */
export interface KeptMessage {
  readonly id: string;
  readonly role: string;
  readonly content: string;
  readonly createdAt: number;
  readonly tokens: number;
}

/** The common published pattern: a session is one JSON value, read, changed and written back as a whole. */
export class OneValueSession {
  constructor(private readonly redis: Redis) {}

  async fill(sessionId: string, messages: readonly ChatMessage[]): Promise<void> {
    await this.redis.set(key(sessionId), JSON.stringify(messages.map(kept)), 'EX', ttlSeconds);
  }

  /** One read and one write serve the append and the window both. */
  async turn(sessionId: string, message: ChatMessage, maxTokens: number): Promise<KeptMessage[]> {
    const history = JSON.parse((await this.redis.get(key(sessionId))) ?? '[]') as KeptMessage[];
    history.push(kept(message));
    await this.redis.set(key(sessionId), JSON.stringify(history), 'EX', ttlSeconds);
    return newest(history, maxTokens);
  }
}

const key = (sessionId: string): string => `chat:history:${sessionId}`;

function kept({ role, content }: ChatMessage): KeptMessage {
  const text = typeof content === 'string' ? content : '';
  return { id: crypto.randomUUID(), role, content: text, createdAt: Date.now(), tokens: tokensOf(text) };
}

/** With OpenAI's four tokens around a message. */
const tokensOf = (text: string): number => countTokens(text) + 4;

function newest(history: readonly KeptMessage[], maxTokens: number): KeptMessage[] {
  let [start, tokens] = [history.length, 0];
  while (start > 0) {
    tokens += history[start - 1]!.tokens;
    if (tokens > maxTokens) break;
    start -= 1;
  }
  return history.slice(start);
}
