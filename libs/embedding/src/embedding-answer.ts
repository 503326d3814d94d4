import { EmbeddingError } from './embedding-error.js';
import { toUnit } from './unit-vector.js';

/**
 * Reads an answer of `/v1/embeddings`: numbers or base64 of little-endian float32, in any order of `index`. Anything
 * but exactly one finite vector of one length for each text is refused as a whole.
 */
export function readEmbeddings(json: string, count: number): Float32Array[] {
  const data = parse(json);
  const vectors = new Array<Float32Array | undefined>(count).fill(undefined);
  data.forEach((item: unknown, position) => {
    const { index = position, embedding } = (item ?? {}) as { index?: number; embedding?: unknown };
    if (!Number.isInteger(index) || index < 0 || index >= count || vectors[index]) {
      throw invalid('its indexes are not those of the texts');
    }
    vectors[index] = toUnit(readVector(embedding));
  });
  const complete = vectors.filter((vector) => vector !== undefined);
  const length = complete[0]?.length;
  if (complete.length !== count || complete.some((vector) => vector.length !== length)) {
    throw invalid('it has not one vector of one length for each text');
  }
  return complete;
}

function parse(json: string): unknown[] {
  let answer: unknown;
  try {
    answer = JSON.parse(json);
  } catch {
    throw invalid('it is no JSON');
  }
  const data = (answer as { data?: unknown } | null)?.data;
  if (!Array.isArray(data)) {
    throw invalid('it has no "data"');
  }
  return data;
}

function readVector(embedding: unknown): Float32Array {
  if (Array.isArray(embedding) && embedding.length > 0 && embedding.every((value) => typeof value === 'number')) {
    return Float32Array.from(embedding);
  }
  const bytes = typeof embedding === 'string' ? Buffer.from(embedding, 'base64') : Buffer.alloc(0);
  if (bytes.length === 0 || bytes.length % 4 !== 0) {
    throw invalid('a vector is neither numbers nor base64 of float32');
  }
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
}

function invalid(why: string): EmbeddingError {
  return new EmbeddingError('invalid-answer', `The embeddings server's answer is unusable: ${why}`);
}
