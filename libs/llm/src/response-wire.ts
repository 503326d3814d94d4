import type { JsonObject, Usage } from './openai-wire.js';
import { isJsonObject } from './openai-wire.js';

/** One item of a response's output: a message, a call, a piece of reasoning. */
export interface OutputItem {
  type: string;
  id?: string;
  [member: string]: unknown;
}

/** https://platform.openai.com/docs/api-reference/responses/object, the parts that Larder reads. */
export interface ModelResponse {
  id: string;
  object: string;
  status?: string;
  output: OutputItem[];
  error?: unknown;
  [member: string]: unknown;
}

/** https://platform.openai.com/docs/api-reference/responses-streaming */
export interface ResponseEvent {
  type: string;
  sequence_number?: number;
  [member: string]: unknown;
}

/** @returns undefined when the text is no response object. */
export function parseResponse(text: string): ModelResponse | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isModelResponse(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isModelResponse(value: unknown): value is ModelResponse {
  if (!isJsonObject(value) || typeof value.id !== 'string' || !Array.isArray(value.output)) return false;
  return value.output.every((item) => isJsonObject(item) && typeof item.type === 'string');
}

/** The use of a response in the names of chat completions, by which prices are reckoned. */
export function responseUsage({ usage }: ModelResponse): Usage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const [prompt, completion] = [count(usage.input_tokens), count(usage.output_tokens)];
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: count(usage.total_tokens) || prompt + completion,
    ...(isJsonObject(usage.input_tokens_details) && { prompt_tokens_details: usage.input_tokens_details }),
    ...(isJsonObject(usage.output_tokens_details) && { completion_tokens_details: usage.output_tokens_details }),
  };
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : 0;
}

/** The text of a message's parts, or of a reasoning's. */
export function partsOf(list: unknown): JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
