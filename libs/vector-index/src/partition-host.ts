import { Partition } from './partition.js';
import { RowRegistry } from './row-registry.js';
import { VectorSlab } from './vector-slab.js';

/**
 * Vectors to hold; the columns belong together by position, the vectors lie one after the other. Whoever gives them away
 * uses them no more: they may be moved to another thread.
 */
export interface Rows {
  readonly ids: readonly string[];
  readonly boundaries: readonly string[];
  readonly labels: readonly (readonly string[])[];
  readonly vectors: Int8Array;
}

export interface HostQuery {
  readonly boundary: string;
  readonly vector: Int8Array;
  readonly limit: number;
  readonly threshold: number;
  readonly labels: readonly string[];
}

/** What was found, and its similarity by the vectors as they were put. */
export interface HostMatch {
  readonly id: string;
  readonly similarity: number;
}

export interface HostCounts {
  readonly entries: number;
  readonly partitions: number;
  /** Vectors that wait to be merged into a graph. */
  readonly behind: number;
}

/** What the engine asks of the vectors in memory, in this thread or in another. */
export interface VectorHost {
  put(rows: Rows): Promise<void>;
  drop(ids: readonly string[]): Promise<void>;
  /** The nearest, nearest first. */
  search(query: HostQuery): Promise<HostMatch[]>;
  /** Those of the ids that are not held. */
  unknown(ids: readonly string[]): Promise<string[]>;
  sample(from: number, count: number): Promise<{ ids: string[]; next: number }>;
  /** Whether graphs are built meanwhile; while all documents are loaded, that would only take time from it. */
  build(goesOn: boolean): Promise<void>;
  counts(): Promise<HostCounts>;
  close(): Promise<void>;
}

/** Milliseconds of merging before others have their turn. */
const sliceMs = 1;

/** All partitions of an index. Merging goes on between calls, a slice at a time. */
export class PartitionHost implements VectorHost {
  private readonly partitions = new Map<string, Partition>();
  private readonly rows = new RowRegistry<Partition>();
  private readonly slab: VectorSlab;
  private readonly behind = new Set<Partition>();
  private merging = false;
  private building = true;
  private closed = false;

  constructor(private readonly dimension: number) {
    this.slab = new VectorSlab(dimension);
  }

  async put({ ids, boundaries, labels, vectors }: Rows): Promise<void> {
    ids.forEach((id, i) => {
      this.remove(id);
      const partition = this.open(boundaries[i]!);
      const key = this.rows.add(id, partition, labels[i]!);
      partition.add(key, vectors.subarray(i * this.dimension, (i + 1) * this.dimension));
      if (partition.isBehind) {
        this.behind.add(partition);
      }
    });
    this.mergeBehind();
  }

  async drop(ids: readonly string[]): Promise<void> {
    ids.forEach((id) => this.remove(id));
  }

  async search(query: HostQuery): Promise<HostMatch[]> {
    const found = this.partitions.get(query.boundary)?.search(query) ?? [];
    return found.flatMap(({ key, similarity }) => {
      const id = this.rows.idOf(key);
      return id === undefined ? [] : [{ id, similarity }];
    });
  }

  async unknown(ids: readonly string[]): Promise<string[]> {
    return ids.filter((id) => this.rows.keyOf(id) === undefined);
  }

  async sample(from: number, count: number): Promise<{ ids: string[]; next: number }> {
    return this.rows.sample(from, count);
  }

  async build(goesOn: boolean): Promise<void> {
    this.building = goesOn;
    this.mergeBehind();
  }

  async counts(): Promise<HostCounts> {
    const behind = [...this.behind].reduce((sum, partition) => sum + partition.size - partition.graphSize, 0);
    return { entries: this.rows.size, partitions: this.partitions.size, behind };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.behind.clear();
    this.partitions.clear();
  }

  private open(boundary: string): Partition {
    const known = this.partitions.get(boundary);
    if (known) {
      return known;
    }
    const partition = new Partition(boundary, this.dimension, this.rows, this.slab);
    this.partitions.set(boundary, partition);
    return partition;
  }

  private remove(id: string): void {
    const key = this.rows.keyOf(id);
    const partition = key === undefined ? undefined : this.rows.homeOf(key);
    if (key === undefined || !partition) {
      return;
    }
    partition.remove(key);
    this.rows.remove(id);
    if (partition.size === 0) {
      this.partitions.delete(partition.boundary);
      this.behind.delete(partition);
    }
  }

  private mergeBehind(): void {
    if (!this.merging && this.building && !this.closed && this.behind.size > 0) {
      this.merging = true;
      setImmediate(() => {
        this.merging = false;
        this.mergeSlice();
        this.mergeBehind();
      });
    }
  }

  private mergeSlice(): void {
    const until = performance.now() + sliceMs;
    for (const partition of this.behind) {
      while (partition.isBehind) {
        if (performance.now() >= until) {
          return;
        }
        partition.merge();
      }
      this.behind.delete(partition);
    }
  }
}
