import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Behaviour } from './upstream-behaviour.js';
import { sendJson } from './upstream-chat.js';

type Input = string | readonly number[];

/** The body of a request for embeddings, as far as the stand-in reads it. */
export interface EmbeddingsBody {
  readonly model: string;
  readonly input: Input | readonly Input[];
  readonly encoding_format?: 'float' | 'base64';
  readonly dimensions?: number;
  readonly [member: string]: unknown;
}

/** The texts that a request asks for. */
export function inputsOf({ input }: EmbeddingsBody): readonly Input[] {
  const isOne = typeof input === 'string' || typeof input[0] === 'number';
  return isOne ? [input as Input] : (input as readonly Input[]);
}

/** The stand-in's vector of a text: another for every text, printed as servers in Go or Rust print float32. */
export function standInVector(input: Input, dimensions = 4): number[] {
  const digest = createHash('sha256').update(JSON.stringify(input)).digest();
  return Array.from({ length: dimensions }, (_, at) => (digest.readUInt16LE((at * 2) % 32) - 32_768) / 100_000);
}

/** Plays one scripted behaviour as the answer of one call for embeddings. */
export async function playEmbeddings(
  response: ServerResponse,
  body: EmbeddingsBody,
  behaviour: Behaviour,
): Promise<void> {
  if (behaviour.delayMs) await sleep(behaviour.delayMs);
  await behaviour.until;
  if (behaviour.silent || response.destroyed) return;
  const status = behaviour.status ?? 200;
  if (behaviour.rawBody !== undefined) return sendJson(response, status, behaviour.rawBody, behaviour.headers);
  if (status !== 200) {
    const error = behaviour.error ?? { message: `scripted ${status}`, type: 'scripted', param: null, code: null };
    return sendJson(response, status, { error }, behaviour.headers);
  }
  const inputs = inputsOf(body);
  const data = inputs.map((input, index) => {
    const numbers = standInVector(input, body.dimensions);
    const base64 = () => Buffer.from(Float32Array.from(numbers).buffer).toString('base64');
    return { object: 'embedding', index, embedding: body.encoding_format === 'base64' ? base64() : numbers };
  });
  const usage = { prompt_tokens: 3 * inputs.length, total_tokens: 3 * inputs.length };
  sendJson(response, 200, { object: 'list', data, model: `${body.model}-001`, usage }, behaviour.headers);
}
