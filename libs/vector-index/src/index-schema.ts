import { createHash } from 'node:crypto';

export type VectorType = 'float32' | 'int8';

export interface IndexSchemaDefinition {
  /** What is indexed: `answers`. */
  readonly name: string;
  /** Raised by whoever changes what documents mean; the fingerprint sees the rest. */
  readonly version: number;
  /** First part of the keys of all documents, up to and with a `:`. */
  readonly prefix: string;
  /** Names of what must be equal between a query and a document. */
  readonly boundaries: readonly string[];
  readonly vector: {
    /** Vectors of one embedder are never compared with those of another. */
    readonly embedder: string;
    readonly dimension: number;
    /** How vectors are stored; `float32` unless told. */
    readonly type?: VectorType;
  };
}

export interface IndexSchema extends IndexSchemaDefinition {
  readonly vector: Required<IndexSchemaDefinition['vector']>;
  /** 12 hex digits that change with anything that makes two indexes differ. */
  readonly fingerprint: string;
  /** Part of every name of the index: `answers.lexical-1-512`. */
  readonly indexName: string;
  /** `v1-0123456789ab`: which of several indexes of that name. */
  readonly versionName: string;
  /** Field of a document's hash that holds its vector; another embedder's vectors are in another field. */
  readonly vectorField: string;
}

/** Field with the digest of all boundaries, and field with the digests of the labels. */
export const boundaryField = 'boundary';
export const labelsField = 'labels';

/** Links a node, and how far building looks: part of the schema, since changing them means building anew. */
export const graphShape = { m: 16, efConstruction: 200 };

const namePattern = /^[A-Za-z0-9_.-]{1,100}$/;
const largestDimension = 8_192;

/** @throws RangeError on a definition that cannot be a schema */
export function defineIndexSchema(definition: IndexSchemaDefinition): IndexSchema {
  const { name, version, prefix, boundaries } = definition;
  const { type = 'float32', ...space } = definition.vector;
  const vector = { type, ...space };
  const sound =
    namePattern.test(`${name}.${vector.embedder}`) &&
    Number.isInteger(version) &&
    Number.isInteger(vector.dimension) &&
    vector.dimension > 0 &&
    vector.dimension <= largestDimension &&
    /^[A-Za-z0-9_.:-]+:$/.test(prefix);
  if (!sound || new Set(boundaries).size !== boundaries.length) {
    throw new RangeError('An index needs a plain name, a prefix that ends in ":", a dimension and distinct boundaries');
  }
  const fingerprint = digest([name, version, prefix, [...boundaries].sort(), vector, graphShape]).slice(0, 12);
  return {
    ...definition,
    vector,
    fingerprint,
    indexName: `${name}.${vector.embedder}`,
    versionName: `v${version}-${fingerprint}`,
    vectorField: `vec_${digest([vector]).slice(0, 8)}`,
  };
}

/**
 * One digest for all boundaries, so that no value is ever pasted into a query and one comparison decides. An absent
 * value differs from every text; a name that the schema does not know is a mistake of the caller.
 */
export function boundaryDigest(schema: IndexSchema, values: Readonly<Record<string, string | undefined>>): string {
  const unknown = Object.keys(values).find((name) => !schema.boundaries.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`Index ${schema.name} has no boundary "${unknown}"`);
  }
  const pairs = [...schema.boundaries].sort().map((name) => [name, values[name] ?? null]);
  return digest([schema.name, schema.version, pairs]).slice(0, 32);
}

/** One digest a label. */
export function labelDigests(labels: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(labels).map(([name, value]) => digest([name, value]).slice(0, 16));
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
