/** A JSON object whose members nobody has checked yet. */
export type JsonObject = Record<string, unknown>;

/** The parts of OpenAI's wire that Larder reads; every other member is kept as it came. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  [member: string]: unknown;
}

export interface ToolCall {
  id?: string;
  type?: string;
  function?: { name?: string; arguments?: string; [member: string]: unknown };
  [member: string]: unknown;
}

export interface ToolCallDelta extends ToolCall {
  index: number;
}

export interface LegacyFunctionCall {
  name?: string;
  arguments?: string;
  [member: string]: unknown;
}

export interface Logprobs {
  content?: unknown[] | null;
  refusal?: unknown[] | null;
  [member: string]: unknown;
}

export interface AssistantMessage {
  role: string;
  content?: string | null;
  refusal?: string | null;
  tool_calls?: ToolCall[];
  function_call?: LegacyFunctionCall;
  [member: string]: unknown;
}

export interface Delta {
  role?: string;
  content?: string | null;
  refusal?: string | null;
  tool_calls?: ToolCallDelta[];
  function_call?: LegacyFunctionCall;
  [member: string]: unknown;
}

export interface CompletionChoice {
  index: number;
  message: AssistantMessage;
  finish_reason: string | null;
  logprobs?: Logprobs | null;
  [member: string]: unknown;
}

export interface ChunkChoice {
  index: number;
  delta: Delta;
  finish_reason?: string | null;
  logprobs?: Logprobs | null;
  [member: string]: unknown;
}

/** https://platform.openai.com/docs/api-reference/chat/object */
export interface ChatCompletion {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: CompletionChoice[];
  usage?: Usage | null;
  [member: string]: unknown;
}

/** https://platform.openai.com/docs/api-reference/chat/streaming */
export interface ChatCompletionChunk {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: ChunkChoice[];
  usage?: Usage | null;
  [member: string]: unknown;
}

/** One row of `GET /v1/models`. */
export interface ModelCard {
  id: string;
  object: string;
  created: number;
  owned_by: string;
  [member: string]: unknown;
}

/** The body of every error on an OpenAI path; absent members are null, never left out. */
export interface OpenAiErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null; [member: string]: unknown };
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
