import { isJsonObject, type JsonObject } from './openai-wire.js';
import { countAllTokens, estimatedTokens } from './token-count.js';
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
  const { texts, estimated } = contentsOf(message);
  return estimated + (await countAllTokens(family, texts));
}

/** What of a message is counted, and the tokens of the rest. */
interface Contents {
  readonly texts: string[];
  estimated: number;
}

function contentsOf(message: JsonObject): Contents {
  const { role, name, refusal, content } = message;
  const contents: Contents = { texts: [], estimated: perMessage + (name === undefined ? 0 : perName) };
  for (const text of [role, name, refusal]) if (typeof text === 'string') contents.texts.push(text);
  for (const call of [...list(message.tool_calls), message.function_call]) {
    if (!isJsonObject(call)) continue;
    contents.texts.push(callText(call));
    contents.estimated += perToolCall;
  }
  for (const part of typeof content === 'string' ? [content] : list(content)) addPart(contents, part);
  return contents;
}

function addPart(contents: Contents, part: unknown): void {
  if (typeof part === 'string') contents.texts.push(part);
  if (!isJsonObject(part)) return;
  const estimate = mediaTokens(part);
  if (estimate === undefined) contents.texts.push(partText(part));
  else contents.estimated += estimate;
}

function mediaTokens(part: JsonObject): number | undefined {
  if (isJsonObject(part.image_url)) return part.image_url.detail === 'low' ? imageTokens.low : imageTokens.high;
  if (isJsonObject(part.input_audio)) return Math.ceil(length(part.input_audio.data) / charactersPerToken.audio);
  if (isJsonObject(part.file)) {
    return Math.max(imageTokens.high, Math.ceil(length(part.file.file_data) / charactersPerToken.file));
  }
  return undefined;
}

function partText(part: JsonObject): string {
  const { text, refusal } = part;
  if (typeof text === 'string') return text;
  return typeof refusal === 'string' ? refusal : JSON.stringify(part);
}

function callText(call: JsonObject): string {
  const called = isJsonObject(call.function) ? call.function : isJsonObject(call.custom) ? call.custom : call;
  return [called.name, called.arguments ?? called.input].filter((text) => typeof text === 'string').join('\n');
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const length = (value: unknown): number => (typeof value === 'string' ? value.length : 0);
