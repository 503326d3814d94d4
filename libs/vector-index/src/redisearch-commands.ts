import { boundaryField, graphShape, labelsField, type IndexSchema } from './index-schema.js';

/** How far a search looks; the server's own 10 finds a third of the nearest among random vectors. */
const efRuntime = 200;

/** Arguments of `FT.CREATE`. The repository keeps them as a snapshot, so that a changed schema is a visible change. */
export function createArguments(schema: IndexSchema, index: string): string[] {
  const { type, dimension } = schema.vector;
  const vector = ['TYPE', type.toUpperCase(), 'DIM', `${dimension}`, 'DISTANCE_METRIC', 'COSINE'].concat(
    ['M', `${graphShape.m}`],
    ['EF_CONSTRUCTION', `${graphShape.efConstruction}`],
  );
  // A hash without a vector is none of the index's business: not counted, and not held.
  const scope = ['PREFIX', '1', schema.prefix, 'FILTER', `exists(@${schema.vectorField})`];
  return [index, 'ON', 'HASH', ...scope, 'SCHEMA'].concat(
    [boundaryField, 'TAG', 'CASESENSITIVE'],
    [labelsField, 'TAG', 'SEPARATOR', ',', 'CASESENSITIVE'],
    [schema.vectorField, 'VECTOR', 'HNSW', `${vector.length}`, ...vector],
  );
}

export interface KnnQuery {
  readonly boundary: string;
  readonly labels: readonly string[];
  readonly vector: Buffer;
  readonly limit: number;
}

/**
 * Arguments of `FT.SEARCH`: nearest first among what matches, ids only. Digests need no escaping; without DIALECT 2 this
 * is a syntax error, without LIMIT only ten come back.
 */
export function searchArguments(schema: IndexSchema, index: string, query: KnnQuery): (string | Buffer)[] {
  const { boundary, labels, vector, limit } = query;
  const filter = [`@${boundaryField}:{${boundary}}`, ...labels.map((label) => `@${labelsField}:{${label}}`)].join(' ');
  const knn = `[KNN ${limit} @${schema.vectorField} $vector EF_RUNTIME ${Math.max(efRuntime, limit)} AS distance]`;
  return [index, `(${filter})=>${knn}`, 'PARAMS', '2', 'vector', vector, 'SORTBY', 'distance', 'NOCONTENT'].concat([
    'LIMIT',
    '0',
    `${limit}`,
    'DIALECT',
    '2',
  ]);
}

/** Keys in an answer of `FT.SEARCH … NOCONTENT`: a list that begins with the total, or the map of RESP3. */
export function readKeys(reply: unknown): string[] {
  const found = toObject(reply);
  if (found && Array.isArray(found['results'])) {
    return found['results'].map((result) => String(toObject(result)?.['id']));
  }
  return Array.isArray(reply) ? reply.slice(1).map(String) : [];
}

/** The members of a reply that is a flat list of names and values, a map or an object. */
export function toObject(reply: unknown): Record<string, unknown> | undefined {
  if (reply instanceof Map) {
    return Object.fromEntries([...reply].map(([name, value]) => [String(name), value as unknown]));
  }
  if (Array.isArray(reply)) {
    const flat: unknown[] = reply;
    return typeof flat[0] === 'string'
      ? Object.fromEntries(flat.flatMap((name, i) => (i % 2 === 0 ? [[String(name), flat[i + 1]] as const] : [])))
      : undefined;
  }
  return typeof reply === 'object' && reply !== null ? (reply as Record<string, unknown>) : undefined;
}
