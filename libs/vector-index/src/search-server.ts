import type { RedisClient } from '#redis-connection';
import type { IndexSchema } from './index-schema.js';
import { createArguments, readKeys, searchArguments, toObject, type KnnQuery } from './redisearch-commands.js';

export interface ServerIndex {
  /** Its own name, also where it was asked for by an alias. */
  readonly name: string;
  /** 0–1: how much of what lay there already is indexed. */
  readonly indexed: number;
  readonly documents: number;
  /** Hashes with a vector that the server could not index. */
  readonly failures: number;
}

/** Each server says it in its own words. */
const missingPattern = /no such index|unknown index name|index .*not found|index does not exist/i;

export function isMissingIndex(error: unknown): boolean {
  return error instanceof Error && missingPattern.test(error.message);
}

/** The commands of a server's search module, by what they do. */
export class SearchServer {
  constructor(private readonly clientOf: () => RedisClient) {}

  async create(schema: IndexSchema, index: string): Promise<void> {
    try {
      await this.call('FT.CREATE', ...createArguments(schema, index));
    } catch (error) {
      // Another replica was quicker.
      if (!(error instanceof Error && /already exists/i.test(error.message))) {
        throw error;
      }
    }
  }

  /** Undefined when there is no such index. */
  async info(index: string): Promise<ServerIndex | undefined> {
    try {
      const info = toObject(await this.call('FT.INFO', index)) ?? {};
      return {
        name: typeof info['index_name'] === 'string' ? info['index_name'] : index,
        indexed: info['indexing'] === undefined || Number(info['indexing']) === 0 ? 1 : Number(info['percent_indexed']),
        documents: Number(info['num_docs'] ?? 0),
        failures: Number(info['hash_indexing_failures'] ?? 0),
      };
    } catch (error) {
      if (isMissingIndex(error)) {
        return undefined;
      }
      throw error;
    }
  }

  async search(schema: IndexSchema, index: string, query: KnnQuery): Promise<string[]> {
    return readKeys(await this.call('FT.SEARCH', ...searchArguments(schema, index, query)));
  }

  async pointAlias(alias: string, index: string): Promise<void> {
    await this.call('FT.ALIASUPDATE', alias, index);
  }

  async list(): Promise<string[]> {
    const names = await this.call('FT._LIST');
    return names instanceof Set || Array.isArray(names) ? Array.from(names as Iterable<unknown>, String) : [];
  }

  /** Drops the index and no document: DD through an alias would take the documents of its successor along. */
  async drop(index: string): Promise<void> {
    await this.call('FT.DROPINDEX', index);
  }

  private call(command: string, ...args: (string | Buffer)[]): Promise<unknown> {
    return this.clientOf().call(command, ...args);
  }
}
