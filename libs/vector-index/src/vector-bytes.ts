import type { VectorType } from './index-schema.js';

/**
 * The direction of a vector in 8 bits a dimension; the largest component is ±127. Cosines do not see the scale.
 * Plain loops here and below: the mapping forms of typed arrays take a hundred times as long.
 */
export function quantize(vector: Float32Array): Int8Array {
  let largest = 0;
  for (let i = 0; i < vector.length; i++) {
    const value = Math.abs(vector[i]!);
    largest = value > largest ? value : largest;
  }
  const scale = 127 / largest;
  const result = new Int8Array(vector.length);
  for (let i = 0; i < vector.length; i++) {
    result[i] = Math.round(vector[i]! * scale);
  }
  return result;
}

/** Writes the vector in these bytes into `row` as `quantize` does; false when they are not one of this kind. */
export function quantizeBytes(bytes: Buffer, type: VectorType, row: Int8Array): boolean {
  if (bytes.length !== row.length * (type === 'int8' ? 1 : 4)) {
    return false;
  }
  if (type === 'int8') {
    row.set(bytes);
    return row.some((value) => value !== 0);
  }
  const vector = floatsIn(bytes);
  let largest = 0;
  let sum = 0;
  for (let i = 0; i < vector.length; i++) {
    const value = Math.abs(vector[i]!);
    largest = value > largest ? value : largest;
    sum += value * value;
  }
  if (!(sum > 0) || !Number.isFinite(sum)) {
    return false;
  }
  const scale = 127 / largest;
  for (let i = 0; i < vector.length; i++) {
    row[i] = Math.round(vector[i]! * scale);
  }
  return true;
}

/** Without a copy, where the bytes happen to lie right. */
function floatsIn(bytes: Buffer): Float32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Float32Array(aligned.buffer, aligned.byteOffset, bytes.length / 4);
}

function scaled(vector: Float32Array, scale: number): Float32Array {
  const result = new Float32Array(vector.length);
  for (let i = 0; i < vector.length; i++) {
    result[i] = vector[i]! * scale;
  }
  return result;
}

function lengthOf(vector: Float32Array | Int8Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) {
    sum += vector[i]! * vector[i]!;
  }
  return Math.sqrt(sum);
}

/** Whether a vector has a direction. */
export function hasDirection(vector: Float32Array): boolean {
  const length = lengthOf(vector);
  return length > 0 && Number.isFinite(length);
}

/** As a hash keeps it: unit float32 in little-endian, or int8. */
export function toBytes(vector: Float32Array, type: VectorType): Buffer {
  if (type === 'int8') {
    return Buffer.from(quantize(vector).buffer);
  }
  return Buffer.from(scaled(vector, 1 / lengthOf(vector)).buffer);
}

/** The vector in these bytes, of any length but 0; undefined when they are not one of this kind. */
export function fromBytes(bytes: Buffer | null, type: VectorType, dimension: number): Float32Array | undefined {
  if (bytes?.length !== dimension * (type === 'int8' ? 1 : 4)) {
    return undefined;
  }
  if (type === 'int8') {
    const vector = Float32Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, dimension));
    return hasDirection(vector) ? vector : undefined;
  }
  const vector = floatsIn(bytes);
  return hasDirection(vector) ? vector : undefined;
}

/** Cosine of two vectors of any length but 0; opposite directions count as 0. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    dot += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return Math.min(1, Math.max(0, dot / Math.sqrt(squareA * squareB)));
}
