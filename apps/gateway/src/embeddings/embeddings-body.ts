import {
  checkMembers,
  isNumber,
  isObject,
  isString,
  readModelBody,
  refuse,
  type MemberChecks,
} from '../body-checks.js';
import type { Json, JsonObject } from '../completion/canonical-json.js';

/** One text, as characters or as token ids. */
export type EmbeddingInput = string | readonly number[];

export type EncodingFormat = 'float' | 'base64';

/** A body of `POST /v1/embeddings` that is fit to be keyed and sent on; members beyond these are forwarded as they came. */
export interface EmbeddingsBody {
  readonly model: string;
  /** Every text that was asked for, in order. */
  readonly inputs: readonly EmbeddingInput[];
  /** Whether they came as a list; one text may come without. */
  readonly isList: boolean;
  readonly format: EncodingFormat;
  /** All members but `input` as they came, without Larder's own. */
  readonly members: JsonObject;
}

/** OpenAI's own limit of inputs in one request. */
export const maxInputs = 2_048;

const memberChecks: MemberChecks = new Map([
  ['dimensions', [(value: Json) => isNumber(value) && Number.isInteger(value) && (value as number) > 0, 'an integer']],
  ['user', [isString, 'a string']],
]);

/** @throws ServiceError invalid_request naming the member */
export function readEmbeddingsBody(body: unknown): EmbeddingsBody {
  const object = readModelBody(body);
  const { input, cache: _ours, ...members } = object;
  checkMembers(members, memberChecks);
  const format = members['encoding_format'];
  if (format !== undefined && format !== null && format !== 'float' && format !== 'base64') {
    refuse('encoding_format', "'encoding_format' must be 'float' or 'base64'.");
  }
  const inputs = readInputs(input);
  const isList = Array.isArray(input) && !isTokens(input as readonly Json[]);
  return { model: object.model, inputs, isList, format: format === 'base64' ? 'base64' : 'float', members };
}

function readInputs(input: Json | undefined): readonly EmbeddingInput[] {
  if (input === undefined || input === null) refuse('input', "Missing required parameter: 'input'.");
  if (isTokens(input) || typeof input === 'string') return [readInput(input, 'input')];
  if (!Array.isArray(input) || input.length === 0) {
    refuse('input', "'input' must be a text, an array of texts, an array of tokens or an array of those.");
  }
  const list = input as readonly Json[];
  if (list.length > maxInputs) refuse('input', `'input' must have at most ${maxInputs} texts.`);
  const inputs = list.map((one, at) => readInput(one, `input.${at}`));
  const odd = inputs.findIndex((one) => typeof one !== typeof inputs[0]);
  if (odd >= 0) refuse(`input.${odd}`, "'input' must hold texts or arrays of tokens, not both.");
  return inputs;
}

function readInput(input: Json, at: string): EmbeddingInput {
  if (typeof input === 'string' && input !== '') return input;
  if (isTokens(input)) return input;
  return refuse(at, `'${at}' must be a text that is not empty, or an array of tokens.`);
}

function isTokens(input: Json): input is readonly number[] {
  return !isObject(input) && Array.isArray(input) && input.length > 0 && input.every(isToken);
}

function isToken(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
