import { FlatVectors, type Candidate } from './flat-vectors.js';
import type { RowRegistry } from './row-registry.js';
import { VectorGraph } from './vector-graph.js';
import type { VectorSlab } from './vector-slab.js';

export interface PartitionQuery {
  readonly vector: Int8Array;
  readonly limit: number;
  /** Nothing below is wanted. */
  readonly threshold: number;
  readonly labels: readonly string[];
}

/** Up to here the vectors lie among those of other small partitions. */
const smallLimit = 64;
/** Up to here comparing one by one is as quick as the graph, and exact. */
const flatLimit = 2_048;
/** Vectors that the graph takes in one go: well below a millisecond. */
const mergeStep = 4;
/** The graph only knows the nearest; with labels we look this far before giving up. */
const widest = 4_096;
/** Place of a vector that is in the graph. */
const inGraph = -1;

/**
 * The vectors with the same boundaries. Few are compared one by one; many are in a graph, beside the newest, which are
 * compared one by one until `merge` has moved them. Most partitions stay tiny, one system prompt with one model.
 */
export class Partition {
  /** Keys of a small partition; undefined once it has arrays of its own. */
  private small?: readonly number[] = [];
  private flat?: FlatVectors;
  private graph?: VectorGraph;

  constructor(
    readonly boundary: string,
    private readonly dimension: number,
    private readonly rows: RowRegistry<Partition>,
    private readonly slab: VectorSlab,
  ) {}

  get size(): number {
    return this.small?.length ?? (this.flat?.size ?? 0) + this.graphSize;
  }

  get graphSize(): number {
    return this.graph?.size ?? 0;
  }

  /** Whether `merge` has something to do. */
  get isBehind(): boolean {
    const waiting = this.flat?.size ?? 0;
    return this.graph ? waiting > 0 : waiting > flatLimit;
  }

  add(key: number, vector: Int8Array): void {
    if (this.small?.length === smallLimit) {
      this.grow(this.small);
    }
    if (this.small) {
      // A list of just the right length: there are very many of them.
      this.small = [...this.small, key];
      this.rows.setPlace(key, this.slab.add(vector));
    } else {
      this.rows.setPlace(key, this.flat!.push(key, vector));
    }
  }

  remove(key: number): void {
    const place = this.rows.placeOf(key);
    if (this.small) {
      this.small = this.small.filter((other) => other !== key);
      this.slab.remove(place);
    } else if (place === inGraph) {
      this.graph?.remove(key);
      this.graph = this.graphSize === 0 ? undefined : this.graph;
    } else {
      const moved = this.flat!.removeAt(place);
      if (moved !== undefined) {
        this.rows.setPlace(moved, place);
      }
    }
  }

  /** Moves a few of the newest into the graph. */
  merge(): void {
    this.graph ??= new VectorGraph(this.dimension);
    const { keys, vectors } = this.flat!.takeLast(mergeStep);
    this.graph.add(keys, vectors);
    keys.forEach((key) => this.rows.setPlace(key, inGraph));
  }

  search(query: PartitionQuery): Candidate[] {
    const { vector, limit, labels } = query;
    const accepts = (key: number) => this.rows.hasLabels(key, labels);
    const near = this.small
      ? this.slab.search(vector, limit, this.small, (key) => this.rows.placeOf(key), accepts)
      : this.flat!.search(vector, limit, labels.length > 0 ? accepts : undefined);
    const found = this.graph ? [...near, ...searchGraph(this.graph, query, accepts)] : near;
    return found
      .filter(({ similarity }) => similarity >= query.threshold)
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, limit);
  }

  private grow(keys: readonly number[]): void {
    const flat = new FlatVectors(this.dimension);
    for (const key of keys) {
      const place = this.rows.placeOf(key);
      this.rows.setPlace(key, flat.push(key, this.slab.at(place)));
      this.slab.remove(place);
    }
    this.small = undefined;
    this.flat = flat;
  }
}

/** Asks for more until enough are accepted, or nothing near enough is left. */
function searchGraph(graph: VectorGraph, query: PartitionQuery, accepts: (key: number) => boolean): Candidate[] {
  for (let wanted = query.limit; ; wanted *= 4) {
    const all = graph.search(query.vector, Math.min(wanted, widest));
    const accepted = all.filter(({ key }) => accepts(key));
    const last = all.at(-1);
    const exhausted = all.length < wanted || !last || last.similarity < query.threshold;
    if (accepted.length >= query.limit || exhausted) {
      return accepted.slice(0, query.limit);
    }
  }
}
