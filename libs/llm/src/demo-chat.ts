import { createHash } from 'node:crypto';
import { demoCreated, demoModelName } from './demo-name.js';
import { demoText, demoTokens, promptTokens } from './demo-text.js';
import type { ChatCompletion, ChatCompletionChunk, JsonObject, Usage } from './openai-wire.js';

const mostChoices = 8;

export interface DemoAnswer {
  readonly id: string;
  readonly choices: readonly { readonly tokens: readonly string[]; readonly finishReason: string }[];
  readonly usage: Usage;
}

export function demoAnswer(request: JsonObject): DemoAnswer {
  const messages = request.messages as unknown[];
  const count = Math.min(mostChoices, Math.max(1, Math.trunc(Number(request.n)) || 1));
  const most = Number(request.max_completion_tokens ?? request.max_tokens ?? Infinity);
  const choices = Array.from({ length: count }, (_, place) => {
    const tokens = demoTokens(demoText(messages, place));
    const isCut = tokens.length > most;
    return { tokens: isCut ? tokens.slice(0, most) : tokens, finishReason: isCut ? 'length' : 'stop' };
  });
  const prompt = promptTokens(messages);
  const completion = choices.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const digest = createHash('sha256').update(JSON.stringify(messages)).digest('hex');
  return {
    id: `chatcmpl-demo-${digest.slice(0, 24)}`,
    choices,
    usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
  };
}

export function* demoChunks({ id, choices, usage }: DemoAnswer, includeUsage: boolean): Generator<ChatCompletionChunk> {
  const chunk = (index: number, delta: object, finishReason: string | null): ChatCompletionChunk => ({
    ...headOf(id, 'chat.completion.chunk'),
    choices: [{ index, delta: { ...delta }, logprobs: null, finish_reason: finishReason }],
    ...(includeUsage && { usage: null }),
  });
  for (const [index, { tokens, finishReason }] of choices.entries()) {
    yield chunk(index, { role: 'assistant', content: '', refusal: null }, null);
    for (const content of tokens) yield chunk(index, { content }, null);
    yield chunk(index, {}, finishReason);
  }
  if (includeUsage) yield { ...headOf(id, 'chat.completion.chunk'), choices: [], usage };
}

function headOf(id: string, object: string): Pick<ChatCompletion, 'id' | 'object' | 'created' | 'model'> {
  return { id, object, created: demoCreated, model: demoModelName };
}

/** The answer as one chat.completion object. */
export function demoCompletion({ id, choices, usage }: DemoAnswer): ChatCompletion {
  return {
    ...headOf(id, 'chat.completion'),
    choices: choices.map(({ tokens, finishReason }, index) => ({
      index,
      message: { role: 'assistant', content: tokens.join(''), refusal: null },
      logprobs: null,
      finish_reason: finishReason,
    })),
    usage,
  };
}
