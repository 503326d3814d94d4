import { choiceChunks } from './choice-replay.js';
import type { ChatCompletion, ChatCompletionChunk, ChunkChoice } from './openai-wire.js';

export interface ReplayOptions {
  /** `stream_options.include_usage`: one more chunk with the usage, null on all others. */
  readonly includeUsage: boolean;
}

/** Members that OpenAI repeats in every chunk; all other members beside the choices come once. */
const repeated = ['service_tier', 'system_fingerprint'];

/** The chunks that a stored chat.completion is replayed as; adding them up gives the same object again. */
export function* completionChunks(
  completion: ChatCompletion,
  { includeUsage }: ReplayOptions,
): Generator<ChatCompletionChunk> {
  const { id, created, model, choices, usage, object: _object, ...rest } = completion;
  const constant = Object.fromEntries(repeated.filter((member) => member in rest).map((name) => [name, rest[name]]));
  const chunk = (own: ChunkChoice[], extra: object = {}): ChatCompletionChunk => ({
    id,
    object: 'chat.completion.chunk',
    created,
    model,
    ...constant,
    ...extra,
    choices: own,
    ...(includeUsage && { usage: null }),
  });
  let once: object = rest;
  for (const choice of choices) {
    for (const piece of choiceChunks(choice)) {
      yield chunk([piece], once);
      once = {};
    }
  }
  if (includeUsage && usage) yield { ...chunk([]), usage };
}
