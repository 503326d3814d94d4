import { Index, MetricKind, ScalarKind } from 'usearch';
import type { Candidate } from './flat-vectors.js';

/**
 * A navigable small world graph (HNSW, arXiv:1603.09320) over vectors of 8 bits. The binding knows no filter and gives
 * no vector back: whoever needs a filter asks for more, and what must be moved is removed and added anew.
 */
export class VectorGraph {
  private readonly index: Index;

  constructor(dimension: number) {
    this.index = new Index({
      dimensions: dimension,
      metric: MetricKind.Cos,
      quantization: ScalarKind.I8,
      connectivity: 12,
      expansion_add: 40,
      expansion_search: 96,
      multi: false,
    });
  }

  get size(): number {
    return this.index.size();
  }

  /** `vectors` holds one after the other, of any length. */
  add(keys: readonly number[], vectors: Int8Array): void {
    this.index.add(BigUint64Array.from(keys, BigInt), vectors, 1);
  }

  remove(key: number): void {
    this.index.remove(BigUint64Array.of(BigInt(key)));
  }

  /** The nearest, nearest first; some may be missing. */
  search(query: Int8Array, limit: number): Candidate[] {
    const { keys, distances } = this.index.search(query, Math.max(1, Math.min(limit, this.size)), 1);
    return Array.from(keys, (key, i) => ({ key: Number(key), similarity: 1 - distances[i]! }));
  }
}
