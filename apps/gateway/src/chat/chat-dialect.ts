import { completionChunks, encodeSse, isCacheable, sseDone, type ChatCompletion } from '#llm';
import type { JsonObject } from '../completion/canonical-json.js';
import type { Dialect, RequestBody, WholeAnswer } from '../completion/dialect.js';
import { wantsUsage } from './chat-body.js';
import { chatSession } from './chat-session.js';
import { ChatStream } from './chat-stream.js';
import { lastTurn } from './chat-turn.js';

/** `POST /v1/chat/completions`. */
export const chatDialect: Dialect = {
  name: 'chat',
  upstreamPath: '/chat/completions',
  neutralMembers: new Set([
    'cache',
    'metadata',
    'prompt_cache_key',
    'prompt_cache_retention',
    'safety_identifier',
    'service_tier',
    'store',
    'stream',
    'stream_options',
    'user',
  ]),
  isSelfContained: () => true,
  turnOf: lastTurn,
  hasTools: (body) => isFilled(body['tools']) || isFilled(body['functions']),
  upstreamBody,
  readAnswer,
  tailor: (answer) => answer,
  session: chatSession,
  follow: (body) => new ChatStream(wantsUsage(body)),
  closing: sseDone,
  replay,
};

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function upstreamBody({ cache: _ours, ...body }: RequestBody, stream: boolean): JsonObject {
  if (!stream) return body;
  const options = body['stream_options'] as JsonObject | null | undefined;
  return { ...body, stream_options: { ...options, include_usage: true } };
}

function readAnswer(text: string): WholeAnswer | undefined {
  try {
    const value = JSON.parse(text) as ChatCompletion | null;
    if (!Array.isArray(value?.choices)) return undefined;
    return { cacheability: isCacheable(value), usage: value.usage };
  } catch {
    return undefined;
  }
}

function* replay(answer: string, body: RequestBody): Generator<string> {
  const completion = JSON.parse(answer) as ChatCompletion;
  const includeUsage = wantsUsage(body);
  for (const chunk of completionChunks(completion, { includeUsage })) yield encodeSse(JSON.stringify(chunk));
  yield sseDone;
}
