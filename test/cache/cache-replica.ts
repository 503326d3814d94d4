import { Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { StoreAnswerReply } from '#contracts';
import { RedisConnectionModule, type RedisRole } from '#redis-connection';
import { TransportModule } from '#redis-streams';
import { createLog, LarderConfig, Log, Metrics, ServiceEnv } from '#service';
import { CacheModule } from '../../apps/cache/src/cache.module.js';
import { SemanticIndexService } from '../../apps/cache/src/semantic/semantic-index.service.js';
import { SemanticSpaceService } from '../../apps/cache/src/semantic/semantic-space.service.js';
import { until } from '../redis/index.js';

export interface ReplicaOptions {
  readonly urls: Readonly<Record<RedisRole, string>>;
  readonly keyPrefix: string;
  readonly config?: LarderConfig;
  /** Which embedder and engine; the lexical one, in this process, unless told. */
  readonly env?: Partial<ServiceEnv>;
  /** As long as a busy machine may need, unless told; a test of a Redis that does not answer tells. Milliseconds. */
  readonly commandTimeoutMs?: number;
}

/** A look-up's time, milliseconds: a machine that stands still for a moment makes no other reason of a miss. */
const cacheLookUpMs = 10_000;

/** One replica of the cache service that serves neither RPC nor HTTP: its providers, on a real Redis. */
export async function startCacheReplica(options: ReplicaOptions): Promise<TestingModule> {
  const { urls, keyPrefix, config = new LarderConfig(), env = {}, commandTimeoutMs = 5_000 } = options;
  @Module({
    providers: [
      { provide: LarderConfig, useValue: config },
      {
        provide: ServiceEnv,
        useValue: Object.assign(new ServiceEnv(), { vectorEngine: 'embedded', cacheLookUpMs }, env),
      },
      { provide: Log, useValue: createLog('cache', 'silent') },
      Metrics,
    ],
    exports: [LarderConfig, ServiceEnv, Log, Metrics],
  })
  class ServiceParts {}

  const replica = await Test.createTestingModule({
    imports: [
      { module: ServiceParts, global: true },
      RedisConnectionModule.forRoot({ urls, keyPrefix, commandTimeoutMs }),
      TransportModule.forRoot({ service: 'cache', rpc: 'local' }),
      CacheModule,
    ],
  }).compile();
  return replica.init();
}

type Stored = Extract<StoreAnswerReply, { stored: true }>;

/** What was stored; a store that was refused fails the test. */
export function storedEntry(reply: StoreAnswerReply): Stored {
  if (!reply.stored) throw new Error(`not stored: class ${reply.class}`);
  return reply;
}

/** Waits until the replica compares by meaning, and has indexed what was stored in it. */
export async function untilSemantic(...replicas: readonly TestingModule[]): Promise<void> {
  await until('comparison by meaning', () =>
    replicas.every((replica) => {
      const isReady = replica.get(SemanticSpaceService).index?.status() === 'ready';
      return isReady && replica.get(SemanticIndexService).pending === 0;
    }),
  );
}
