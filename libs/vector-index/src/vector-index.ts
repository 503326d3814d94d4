import type { RedisLog } from '#redis-connection';

/** One vector with what belongs to it, stored whole or not at all. */
export interface VectorDocument {
  /** The key is the schema's prefix and this. */
  readonly id: string;
  /** A value for the boundaries of the schema; an absent one is "none", which matches only "none". */
  readonly boundaries: Readonly<Record<string, string | undefined>>;
  /** What a search may ask for beside the boundaries, by name and value. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Any length but 0; only its direction counts. */
  readonly vector: Float32Array;
  /** Stored in the same hash, and given back by a search that asks for them. */
  readonly fields?: Readonly<Record<string, string | number | Buffer>>;
  /** Milliseconds until it expires; never, unless told. */
  readonly ttlMs?: number;
  /**
   * Adds vector and fields to what the hash has already, and keeps its time to live unless `ttlMs` tells another; else the
   * hash is replaced as a whole. A hash that is gone by then comes back with no more than this document has.
   */
  readonly keepsFields?: boolean;
}

export interface VectorQuery {
  /** Every boundary of the schema must be equal, "none" included. */
  readonly boundaries: Readonly<Record<string, string | undefined>>;
  /** Each of these must be among a document's labels. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly vector: Float32Array;
  /** The most matches wanted, 1–100. */
  readonly limit: number;
  /** The least similarity (0–1); 0 unless told. */
  readonly threshold?: number;
  /** Names of the stored fields to give back. */
  readonly fields?: readonly string[];
}

export interface VectorMatch {
  readonly id: string;
  /** 0–1, cosine, bigger is nearer; computed from the stored vector, whatever the index kept of it. */
  readonly similarity: number;
  /** Only those asked for that the document has. */
  readonly fields: Readonly<Record<string, Buffer>>;
}

export type IndexStatus = 'ready' | 'loading' | 'unavailable';

export interface IndexSnapshot {
  readonly engine: 'embedded' | 'redisearch';
  readonly status: IndexStatus;
  /** Vectors that the index holds; some may have expired meanwhile. */
  readonly entries: number;
  /** Vectors that are searched one by one until they are merged into a graph. */
  readonly behind: number;
  /** Found in the index and no longer in Redis, since the start. */
  readonly ghosts: number;
  /** Documents that the server could not index. */
  readonly failures: number;
}

/**
 * Nearest vectors inside boundaries. The truth is one Redis hash a document: a match is given only when that hash still
 * exists, has the boundaries asked for and a sound vector near enough.
 */
export interface VectorIndex {
  /** Makes it ready, in the background where that takes long; may be called again. */
  ensure(): Promise<void>;
  /**
   * Stores all documents, or fails: `invalid` before anything was written, `unavailable` when some may be missing.
   * @throws VectorIndexError, RangeError for a boundary that the schema does not know
   */
  upsert(documents: readonly VectorDocument[]): Promise<void>;
  /** @throws VectorIndexError `unavailable` */
  remove(ids: readonly string[]): Promise<void>;
  /** Nearest first. @throws VectorIndexError, RangeError for a boundary that the schema does not know */
  search(query: VectorQuery): Promise<VectorMatch[]>;
  status(): IndexStatus;
  snapshot(): Promise<IndexSnapshot>;
  close(): Promise<void>;
}

export type VectorIndexFault = 'loading' | 'unavailable' | 'invalid';

/** Why an index cannot answer; the message holds no text of a document. */
export class VectorIndexError extends Error {
  override readonly name = 'VectorIndexError';

  constructor(
    readonly fault: VectorIndexFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The same fault in the words of the port: anything but a mistake of the caller means that Redis did not answer. */
export function asIndexFault(error: unknown): Error {
  return error instanceof VectorIndexError || error instanceof RangeError
    ? error
    : new VectorIndexError('unavailable', 'The vector index does not answer', { cause: error });
}

export type IndexLog = Pick<RedisLog, 'info' | 'warn'>;
