import { isJsonObject, type JsonObject } from './openai-wire.js';
import { countTokens, estimatedTokens } from './token-count.js';
import type { TokenizerFamily } from './tokenizer-family.js';

/** Tokens around each message: its start, its end and the mark behind its role (OpenAI's cookbook, "How to count tokens with tiktoken"). */
const perMessage = 3;
const perName = 1;
/** What opens the answer: once a request, besides its messages. */
export const replyOpeningTokens = 3;
/** Around a call's name and arguments. OpenAI does not publish it; chosen not to be under what usage shows. */
const perToolCall = 8;

/** An image scaled down as OpenAI does has at most 8 tiles of 170 tokens; its real size is not known from a URL. */
const imageTokens = { low: 85, high: 85 + 8 * 170 };
/** Base64 characters that make one token: compressed speech of 32 kbit/s at 10 tokens a second; a page of a document. */
const charactersPerToken = { audio: 500, file: 40 };

/**
 * What a message of `chat.completions` takes of the window. Text, names, roles and calls are counted; images, audio and files are
 * estimated from above, for their size is not known without opening them.
 */
export async function countMessageTokens(family: TokenizerFamily, message: JsonObject): Promise<number> {
  if (family === 'estimate') return estimatedTokens(await countMessageTokens('o200k', message));
  const texts = [message.role, message.name, message.refusal].filter((text) => typeof text === 'string');
  const calls = [...list(message.tool_calls), message.function_call].filter(isJsonObject);
  const parts = typeof message.content === 'string' ? [message.content] : list(message.content);
  let tokens = perMessage + (message.name === undefined ? 0 : perName) + calls.length * perToolCall;
  for (const text of texts) tokens += await countTokens(family, text);
  for (const call of calls) tokens += await countTokens(family, callText(call));
  for (const part of parts) tokens += await countPart(family, part);
  return tokens;
}

async function countPart(family: TokenizerFamily, part: unknown): Promise<number> {
  if (typeof part === 'string') return countTokens(family, part);
  if (!isJsonObject(part)) return 0;
  if (isJsonObject(part.image_url)) return part.image_url.detail === 'low' ? imageTokens.low : imageTokens.high;
  if (isJsonObject(part.input_audio)) return Math.ceil(length(part.input_audio.data) / charactersPerToken.audio);
  if (isJsonObject(part.file))
    return Math.max(imageTokens.high, Math.ceil(length(part.file.file_data) / charactersPerToken.file));
  return countTokens(
    family,
    typeof part.text === 'string' ? part.text : (stringOf(part.refusal) ?? JSON.stringify(part)),
  );
}

function callText(call: JsonObject): string {
  const called = isJsonObject(call.function) ? call.function : isJsonObject(call.custom) ? call.custom : call;
  return [called.name, called.arguments ?? called.input].filter((text) => typeof text === 'string').join('\n');
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const length = (value: unknown): number => (typeof value === 'string' ? value.length : 0);
const stringOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
