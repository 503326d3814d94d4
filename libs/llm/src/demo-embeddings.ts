import { createHash } from 'node:crypto';
import { demoModelName } from './demo-name.js';
import { demoTokens } from './demo-text.js';
import type { JsonObject } from './openai-wire.js';

const defaultDimensions = 256;
const mostDimensions = 4_096;

/** Vectors of unit length from hashed words: the same for the same text, and near for texts that share words. */
export function demoEmbeddings(request: JsonObject): JsonObject {
  const inputs = inputsOf(request.input);
  const wanted = Number(request.dimensions ?? defaultDimensions);
  const dimensions = Math.min(mostDimensions, Math.max(1, Math.trunc(wanted) || defaultDimensions));
  const isBase64 = request.encoding_format === 'base64';
  const words = inputs.map(wordsOf);
  const tokens = words.reduce((sum, { length }) => sum + length, 0);
  const data = words.map((each, index) => {
    const vector = vectorOf(each, dimensions);
    const embedding = isBase64 ? Buffer.from(vector.buffer).toString('base64') : [...vector];
    return { object: 'embedding', index, embedding };
  });
  return { object: 'list', data, model: demoModelName, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

function inputsOf(input: unknown): unknown[] {
  const isOne = !Array.isArray(input) || typeof input[0] === 'number';
  return isOne ? [input] : (input as unknown[]);
}

function wordsOf(input: unknown): string[] {
  return Array.isArray(input) ? input.map(String) : demoTokens(String(input)).map((word) => word.trim().toLowerCase());
}

function vectorOf(words: readonly string[], dimensions: number): Float32Array<ArrayBuffer> {
  const vector = new Float32Array(dimensions);
  for (const word of words) {
    const digest = createHash('sha256').update(word).digest();
    const at = digest.readUInt32BE(0) % dimensions;
    vector[at] = vector[at]! + (digest[4]! & 1 ? 1 : -1);
  }
  // Words can cancel each other out; a text still has a direction of its own.
  if (vector.every((value) => value === 0)) vector[words.length % dimensions] = 1;
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
