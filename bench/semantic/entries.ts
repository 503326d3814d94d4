import { createHash } from 'node:crypto';
import type { VectorDocument } from '../../libs/vector-index/index.js';

const boundaries = { tenant: 'default', cache: 'bench', generation: '1', kind: 'chat', frame: 'f'.repeat(64) };

/** As the cache defines its schema. */
export const boundaryNames = ['tenant', 'cache', 'generation', 'kind', 'frame', 'user'];

export const idOf = (place: number): string =>
  `default:bench:${createHash('sha256').update(`${place}`).digest('hex').slice(0, 32)}`;

/** An entry as the cache indexes it. */
export function entryOf(place: number, vector: Float32Array): VectorDocument {
  const exactKey = createHash('sha256').update(`key ${place}`).digest('hex');
  const fields = { answer: `1763700000000:${exactKey}`, prompt: `Question ${place}, ${'word '.repeat(12)}` };
  return { id: idOf(place), boundaries, vector, fields, ttlMs: 86_400_000 };
}

export const questionOf = (vector: Float32Array) => ({
  boundaries,
  vector,
  limit: 1,
  fields: ['answer', 'prompt'],
});
