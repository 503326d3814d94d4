import { Injectable } from '@nestjs/common';
import type { CacheScope, EntryAddress } from '#contracts';
import { createEmbedder, type Embedder } from '#embedding';
import { RedisConnections } from '#redis-connection';
import { cacheKeys, type CacheKeys } from '#redis-keys';
import { Log, ServiceEnv } from '#service';
import { defineIndexSchema, openVectorIndex, type VectorIndex } from '#vector-index';
import { embedderSettings } from './semantic.env.js';

/** Raised whenever entries mean something else, so that old ones are never compared with new ones. */
const schemaVersion = 2;

/** Of each entry all must be equal to the question's; `kind` keeps what applications stored from answering a chat. */
const boundaryNames = ['tenant', 'cache', 'generation', 'kind', 'frame', 'user'] as const;

/** Opens what comparison by meaning stands on: the embedder, and the index whose documents are the entries' own hashes. */
@Injectable()
export class SemanticRepository {
  private readonly keys: CacheKeys;

  constructor(
    private readonly connections: RedisConnections,
    private readonly env: ServiceEnv,
    private readonly log: Log,
  ) {
    this.keys = cacheKeys(connections.keyPrefix);
  }

  /** @throws EmbedderRefusedError when it must not be used, EmbeddingError when it may work later */
  openEmbedder(): Promise<Embedder> {
    return createEmbedder(embedderSettings(this.env), this.connections);
  }

  openIndex({ id, dimension }: Embedder): Promise<VectorIndex> {
    const schema = defineIndexSchema({
      name: 'entries',
      version: schemaVersion,
      prefix: this.keys.entryPrefix(),
      boundaries: boundaryNames,
      vector: { embedder: id, dimension, type: this.env.vectorType },
    });
    const { connections, log } = this;
    return openVectorIndex({ schema, connections, role: 'cache', engine: this.env.vectorEngine, log });
  }

  /** An entry's name in the index: its key without the prefix. */
  documentId({ tenant, cacheId, entryId }: EntryAddress): string {
    return this.keys.entry(tenant, cacheId, entryId).slice(this.keys.entryPrefix().length);
  }

  /** The entry of a document; undefined for one of another cache. */
  entryId({ tenant, cacheId }: CacheScope, documentId: string): string | undefined {
    const start = `${tenant}:${cacheId}:`;
    return documentId.startsWith(start) ? documentId.slice(start.length) : undefined;
  }
}
