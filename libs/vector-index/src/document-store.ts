import { readFileSync } from 'node:fs';
import { defineScript, type RedisClient, type RedisConnections, type RedisRole } from '#redis-connection';
import { boundaryDigest, boundaryField, labelDigests, labelsField, type IndexSchema } from './index-schema.js';
import type { Rows } from './partition-host.js';
import { cosine, fromBytes, hasDirection, quantizeBytes, toBytes } from './vector-bytes.js';
import { VectorIndexError, type VectorDocument, type VectorMatch, type VectorQuery } from './vector-index.js';

const writeDocumentScript = defineScript({
  name: 'write-document',
  lua: readFileSync(new URL('./write-document.lua', import.meta.url), 'utf8'),
  keys: ['document'],
  args: ['outdated', 'ttlMs'],
});
const allFields = '*';

/** What an index keeps of a document. */
export interface StoredVector {
  readonly id: string;
  readonly boundary: string;
  readonly labels: readonly string[];
  readonly vector: Float32Array;
}

export interface Verified {
  readonly matches: VectorMatch[];
  /** Named by the index and no longer what it says. */
  readonly ghosts: string[];
}

/** The hashes of all documents of an index: the truth that every engine answers from. */
export class DocumentStore {
  private readonly reserved: ReadonlySet<string>;

  constructor(
    readonly schema: IndexSchema,
    private readonly connections: Pick<RedisConnections, 'command' | 'status'>,
    private readonly role: RedisRole,
  ) {
    this.reserved = new Set([boundaryField, labelsField, schema.vectorField]);
  }

  get client(): RedisClient {
    return this.connections.command(this.role);
  }

  get isAway(): boolean {
    return this.connections.status(this.role) === 'degraded';
  }

  keyOf(id: string): string {
    return this.schema.prefix + id;
  }

  /** What the index will keep; refuses what could not be found again. */
  prepare(document: VectorDocument): StoredVector {
    const { id, vector, fields = {} } = document;
    if (vector.length !== this.schema.vector.dimension || !hasDirection(vector)) {
      throw new VectorIndexError('invalid', `A vector is not one of ${this.schema.vector.dimension} dimensions`);
    }
    if (id === '' || Object.keys(fields).some((name) => this.reserved.has(name))) {
      throw new VectorIndexError('invalid', 'A document has no id, or a field with a name of the index itself');
    }
    const boundary = boundaryDigest(this.schema, document.boundaries);
    return { id, boundary, labels: labelDigests(document.labels), vector };
  }

  /**
   * Writes the document's hash by one command: nobody sees half of it, and many at a time leave little behind to be
   * collected. Unless asked to be kept, no old field survives.
   */
  async write(document: VectorDocument, { boundary, labels }: StoredVector): Promise<void> {
    const { id, fields = {}, keepsFields, ttlMs } = document;
    const { vectorField, vector } = this.schema;
    const outdated = keepsFields !== true ? allFields : labels.length === 0 ? labelsField : '';
    const hash = Object.entries(fields).flat();
    hash.push(boundaryField, boundary, vectorField, toBytes(document.vector, vector.type));
    if (labels.length > 0) {
      hash.push(labelsField, labels.join(','));
    }
    await writeDocumentScript.run(this.client, {
      keys: { document: this.keyOf(id) },
      args: { outdated, ttlMs: ttlMs === undefined ? 0 : Math.max(1, Math.round(ttlMs)) },
      more: { keys: [], args: hash },
    });
  }

  async remove(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.client.del(this.keyOf(id))));
  }

  /**
   * The vectors as they are now, in 8 bits; those of the second list are gone, spoilt, or have none.
   * @param isWanted asked when the hashes are read: whether what they say is still news
   */
  async readRows(ids: readonly string[], isWanted: (id: string) => boolean): Promise<{ rows: Rows; absent: string[] }> {
    const { type, dimension } = this.schema.vector;
    const replies = await this.readHashes(ids, []);
    const [present, boundaries, labels, absent]: [string[], string[], string[][], string[]] = [[], [], [], []];
    const vectors = new Int8Array(ids.length * dimension);
    replies.forEach(([bytes, boundary, list], i) => {
      const id = ids[i]!;
      const row = vectors.subarray(present.length * dimension, (present.length + 1) * dimension);
      if (!isWanted(id)) {
        return;
      }
      if (boundary && bytes && quantizeBytes(bytes, type, row)) {
        present.push(id);
        boundaries.push(boundary.toString('latin1'));
        labels.push(list ? list.toString('latin1').split(',') : []);
      } else {
        absent.push(id);
      }
    });
    return { rows: { ids: present, boundaries, labels, vectors }, absent };
  }

  /** Which of these exist no more. */
  async absent(ids: readonly string[]): Promise<string[]> {
    const lengths = await Promise.all(ids.map((id) => this.client.hstrlen(this.keyOf(id), this.schema.vectorField)));
    return ids.filter((_, i) => lengths[i] === 0);
  }

  /** Turns what an index names into matches, by what the hashes say now. */
  async verify(candidates: readonly string[], query: VectorQuery): Promise<Verified> {
    const wantedBoundary = boundaryDigest(this.schema, query.boundaries);
    const wantedLabels = labelDigests(query.labels);
    const { type, dimension } = this.schema.vector;
    const names = query.fields ?? [];
    const result: Verified = { matches: [], ghosts: [] };
    const replies = await this.readHashes(candidates, names);
    replies.forEach(([bytes, boundary, labels, ...values], i) => {
      const vector = fromBytes(bytes ?? null, type, dimension);
      const id = candidates[i]!;
      const has = labels?.toString().split(',') ?? [];
      if (!vector || boundary?.toString() !== wantedBoundary || !wantedLabels.every((label) => has.includes(label))) {
        result.ghosts.push(id);
        return;
      }
      const similarity = cosine(query.vector, vector);
      if (similarity >= (query.threshold ?? 0)) {
        const found = names.flatMap((name, n) => (values[n] ? [[name, values[n]] as const] : []));
        result.matches.push({ id, similarity, fields: Object.fromEntries(found) });
      }
    });
    result.matches.sort((a, b) => b.similarity - a.similarity);
    return { ...result, matches: result.matches.slice(0, query.limit) };
  }

  /** In one packet, where one server has them all: a pipeline costs half of as many single commands. */
  private async readHashes(ids: readonly string[], fields: readonly string[]): Promise<(Buffer | null)[][]> {
    const wanted = [this.schema.vectorField, boundaryField, labelsField, ...fields];
    const { client } = this;
    if ('nodes' in client || ids.length === 1) {
      return Promise.all(ids.map((id) => client.hmgetBuffer(this.keyOf(id), ...wanted)));
    }
    const pipeline = client.pipeline();
    ids.forEach((id) => pipeline.hmgetBuffer(this.keyOf(id), ...wanted));
    const replies = (await pipeline.exec()) ?? [];
    const fault = replies.find(([error]) => error)?.[0];
    if (fault || replies.length !== ids.length) {
      throw fault ?? new Error('The pipeline was not run');
    }
    return replies.map(([, reply]) => reply as (Buffer | null)[]);
  }
}

/** Refuses a query that no index could answer. */
export function checkQuery(schema: IndexSchema, { vector, limit, threshold = 0 }: VectorQuery): void {
  const sound = vector.length === schema.vector.dimension && hasDirection(vector);
  if (!sound || !Number.isInteger(limit) || limit < 1 || limit > 100 || !(threshold >= 0 && threshold <= 1)) {
    throw new VectorIndexError('invalid', 'A query needs a vector of the index, a limit of 1–100, a threshold of 0–1');
  }
}
