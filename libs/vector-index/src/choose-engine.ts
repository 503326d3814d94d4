import { randomBytes } from 'node:crypto';
import type { RedisClient } from '#redis-connection';
import type { VectorType } from './index-schema.js';
import { VectorIndexError } from './vector-index.js';

export type EngineName = 'embedded' | 'redisearch';

export interface SearchCapabilities {
  /** `FT.CREATE` and `FT.SEARCH` with vectors, on this server and database. */
  readonly search: boolean;
  readonly aliases: boolean;
}

/** What the server says that it can do; no version tells that as well. */
export async function readCapabilities(client: RedisClient): Promise<SearchCapabilities> {
  // A cluster of plain servers has no index over all its slots, and an index lives in database 0 only.
  if ('nodes' in client || (client.options.db ?? 0) !== 0) {
    return { search: false, aliases: false };
  }
  const known = await client.call('COMMAND', 'INFO', 'FT.CREATE', 'FT.ALIASUPDATE');
  const [create, alias] = Array.isArray(known) ? (known as unknown[]) : [];
  return { search: Boolean(create), aliases: Boolean(alias) };
}

/**
 * Whether the search module stores vectors of this type: RediSearch 2.10 knows no INT8, Redis 8 does. Asked by making an
 * index over nothing and dropping it again.
 */
export async function storesVectors(client: RedisClient, type: VectorType): Promise<boolean> {
  if (type === 'float32') {
    return true;
  }
  const probe = `larder-probe-${randomBytes(8).toString('hex')}`;
  const field = ['v', 'VECTOR', 'FLAT', '6', 'TYPE', type.toUpperCase(), 'DIM', '2', 'DISTANCE_METRIC', 'COSINE'];
  try {
    await client.call('FT.CREATE', probe, 'ON', 'HASH', 'PREFIX', '1', `${probe}:`, 'SCHEMA', ...field);
  } catch (error) {
    if (error instanceof Error && /vector|type/i.test(error.message)) {
      return false;
    }
    throw error;
  }
  await client.call('FT.DROPINDEX', probe);
  return true;
}

/**
 * Vectors live in Redis where it can search them, else in the service. A server that cannot be asked now gets the
 * embedded engine: it works with every server.
 * @throws VectorIndexError `invalid` when the search module is asked for and stores no vectors of that type
 */
export async function chooseEngine(
  client: RedisClient,
  wanted: 'auto' | EngineName,
  type: VectorType = 'float32',
): Promise<EngineName> {
  if (wanted === 'embedded') {
    return wanted;
  }
  if (wanted === 'redisearch') {
    if (!(await storesVectors(client, type).catch(() => true))) {
      throw new VectorIndexError('invalid', `The search module of this server stores no ${type} vectors`);
    }
    return wanted;
  }
  const canSearch = async () => (await readCapabilities(client)).search && (await storesVectors(client, type));
  return (await canSearch().catch(() => false)) ? 'redisearch' : 'embedded';
}
