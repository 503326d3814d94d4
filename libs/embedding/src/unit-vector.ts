import { EmbeddingError } from './embedding-error.js';

/** Scales a vector to length 1 in place; refuses one without direction. */
export function toUnit(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) {
    sum += value * value;
  }
  if (!(sum > 0) || !Number.isFinite(sum)) {
    throw new EmbeddingError('invalid-answer', 'A vector has no direction');
  }
  const scale = 1 / Math.sqrt(sum);
  for (let i = 0; i < vector.length; i++) {
    vector[i] = vector[i]! * scale;
  }
  return vector;
}

/** Similarity of two unit vectors: their cosine, negative ones counted as 0. */
export function similarity(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    sum += a[i]! * b[i]!;
  }
  return Math.min(1, Math.max(0, sum));
}
