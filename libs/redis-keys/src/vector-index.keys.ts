import { part } from './key-part.js';

/** Keys of vector indexes. */
export interface VectorIndexKeys {
  /** What changed in an index, for the replicas that hold it in memory; stream. Role `state`. */
  changes(index: string): string;
  /** A search index on the server, and the alias that names the version in use. */
  searchIndex(index: string, version: string): string;
  searchAlias(index: string): string;
}

export function vectorIndexKeys(prefix: string): VectorIndexKeys {
  const root = part('prefix', prefix);
  return {
    changes: (index) => `${root}:index:${part('index', index)}:changes`,
    searchIndex: (index, version) => `${root}:index:${part('index', index)}:${part('version', version)}`,
    searchAlias: (index) => `${root}:index:${part('index', index)}`,
  };
}
