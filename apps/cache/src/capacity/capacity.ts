import { hashBytes, sortedSetMemberBytes, stringBytes } from './redis-memory.js';

/** Bytes of one dimension. */
export const dtypes = { float32: 4, float16: 2, int8: 1 } as const;
export type Dtype = keyof typeof dtypes;

export interface Workload {
  readonly entries: number;
  readonly dimensions: number;
  /** How Redis keeps a vector. */
  readonly dtype: Dtype;
  /** Of an answer, as it is stored. */
  readonly responseBytes: number;
  /** Of a question and what goes with it. */
  readonly metadataBytes: number;
  /** Processes of the cache, each with an index of its own. */
  readonly replicas: number;
}

/** Characters of names and values as the cache writes them; `capacity.int-spec.ts` holds them against entries really stored. */
const lengths = {
  exactName: 'larder:exact:default:default:'.length + '1763700000000:'.length + 64,
  entryName: 'larder:entry:default:default:'.length + 32,
  /** What stands before an answer: ids, times, use, two labels. */
  header: 300,
  entryId: 32,
};
const fields = [
  ['answer', '1763700000000:'.length + 64],
  ['boundary', 32],
] as const;
const vectorField = 'vec_00000000'.length;
/** Lists that name an entry: when it was used, when it ends, its model, its writer. */
const lists = 4;

/**
 * Of a vector in the embedded index beside its components, which it keeps in one byte each: links of the graph, id, tables.
 * Measured as resident memory (`npm run bench -- semantic`, Node 20, 60 000 and 120 000 entries in one partition): 650 to 790 at
 * 384 dimensions, 500 at 768, 340 at 1 536; 610 to 1 160 in partitions of two. Memory grows in steps: near a sixth either way.
 */
const indexOverhead = 600;

/** How much memory a cache of that size takes (requirement A18). In bytes. */
export function capacity({ entries, dimensions, dtype, responseBytes, metadataBytes, replicas }: Workload) {
  const vectorBytes = dimensions * dtypes[dtype];
  const payload = entries * (vectorBytes + responseBytes + metadataBytes);
  const redis = Math.round(redisBytesAnEntry(vectorBytes, responseBytes, metadataBytes));
  const index = dimensions + indexOverhead;
  return {
    payloadBytes: payload,
    payloadKiB: payload / 1_024,
    redisBytes: entries * redis,
    redisBytesPerEntry: redis,
    indexBytes: entries * index,
    indexBytesPerEntry: index,
    indexBytesOfAllReplicas: entries * index * replicas,
    totalBytes: entries * (redis + index * replicas),
  };
}

/** An answer under its exact key, the entry's hash with its vector, and the lists that name it. */
function redisBytesAnEntry(vectorBytes: number, responseBytes: number, metadataBytes: number): number {
  const written = fields.map(([name, length]) => [name.length, length] as const);
  const hash = [...written, ['prompt'.length, metadataBytes] as const, [vectorField, vectorBytes] as const];
  return (
    stringBytes(lengths.exactName, lengths.header + responseBytes) +
    hashBytes(lengths.entryName, hash) +
    lists * sortedSetMemberBytes(lengths.entryId)
  );
}
