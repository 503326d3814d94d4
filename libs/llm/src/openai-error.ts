import { isJsonObject, type JsonObject, type OpenAiErrorBody } from './openai-wire.js';

export interface ErrorFields {
  readonly type?: string;
  readonly param?: string | null;
  readonly code?: string | null;
}

/** An error in OpenAI's shape; absent members are null. */
export function openAiError(status: number, message: string, fields: ErrorFields = {}): OpenAiErrorBody {
  const { type = errorType(status), param = null, code = null } = fields;
  return { error: { message, type, param, code } };
}

/**
 * Upstream's error body in OpenAI's shape. Understood: OpenAI's own, `{error: "…"}` (Ollama, TGI), `{message}` (vLLM),
 * `{detail}` (FastAPI), a list of one (Gemini). Anything else (HTML of a proxy, nothing) is replaced by a sentence.
 */
export function toOpenAiError(status: number, text: string, upstream: string): OpenAiErrorBody {
  const body = firstOf(parsed(text));
  const fallback = `upstream "${upstream}" answered with status ${status} and no readable error`;
  if (!isJsonObject(body)) return openAiError(status, fallback);
  const error = isJsonObject(body.error) ? body.error : withoutWrapper(body);
  const { message, type, param, code, ...rest } = error;
  return {
    error: {
      message: typeof message === 'string' && message !== '' ? message : fallback,
      type: typeof type === 'string' && type !== '' ? type : errorType(status),
      param: typeof param === 'string' ? param : null,
      code: typeof code === 'string' || typeof code === 'number' ? String(code) : null,
      ...rest,
    },
  };
}

function withoutWrapper(body: JsonObject): JsonObject {
  const { type, param, code } = body;
  return {
    message: [body.error, body.message, body.detail].find((text) => typeof text === 'string'),
    type,
    param,
    code,
  };
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? (value as unknown[])[0] : value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function errorType(status: number): string {
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}
