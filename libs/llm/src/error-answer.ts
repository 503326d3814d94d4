import { Readable } from 'node:stream';
import { answerBody, readText } from './answer-body.js';
import { openAiError, toOpenAiError } from './openai-error.js';
import type { OpenAiErrorBody } from './openai-wire.js';
import type { UpstreamResponse } from './upstream-exchange.js';

const longestErrorBytes = 1024 * 1024;

/** An error answer: its body is read and known to be in OpenAI's shape. */
export interface ErrorAnswer extends UpstreamResponse {
  readonly error: OpenAiErrorBody['error'];
}

export interface RawError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
  readonly upstream: string;
}

/** Reads an error answer and puts it into OpenAI's shape, without anything that `redact` knows. */
export async function readErrorAnswer(raw: RawError, redact: (text: string) => string): Promise<ErrorAnswer> {
  const { 'content-encoding': encoding, ...headers } = raw.headers;
  const decoded = answerBody(raw.body, { encoding, faultOf: (thrown) => thrown, onEnd: () => undefined });
  // A body that breaks off or never ends in reason says no more than its status does.
  const text = await readText(decoded, longestErrorBytes).catch(() => '');
  const { error } = toOpenAiError(raw.status, redact(text), raw.upstream);
  return errorAnswer({ status: raw.status, headers, upstream: raw.upstream }, error);
}

/** An error answer of Larder's own making. */
export function ownErrorAnswer(
  upstream: string,
  status: number,
  message: string,
  fields: Parameters<typeof openAiError>[2] = {},
  headers: Readonly<Record<string, string>> = {},
): ErrorAnswer {
  return errorAnswer({ status, headers, upstream }, openAiError(status, message, fields).error);
}

function errorAnswer(answer: Omit<UpstreamResponse, 'body'>, error: OpenAiErrorBody['error']): ErrorAnswer {
  const body = Buffer.from(JSON.stringify({ error }));
  const headers = {
    ...answer.headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(body.length),
  };
  return { ...answer, headers, body: Readable.from([body]), error };
}
