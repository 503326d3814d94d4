import { part } from './key-part.js';

/** Keys of the embeddings cache. */
export interface EmbeddingKeys {
  /** One text's vector, float32 little-endian; string, expires. Role `cache`. */
  vector(embedderId: string, sha256: string): string;
}

export function embeddingKeys(prefix: string): EmbeddingKeys {
  const root = part('prefix', prefix);
  return {
    vector: (embedderId, sha256) => `${root}:embed:${part('embedderId', embedderId)}:${part('sha256', sha256)}`,
  };
}
