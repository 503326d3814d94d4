import { Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { RedisConnectionModule } from '#redis-connection';
import { createLog, LarderConfig, Log, Metrics, ServiceEnv } from '#service';
import { RatelimitModule } from '../../apps/ratelimit/src/ratelimit.module.js';

export interface LimitsReplicaOptions {
  /** Of all roles. */
  readonly url: string;
  readonly keyPrefix: string;
  readonly config?: LarderConfig;
  readonly env?: Partial<ServiceEnv>;
}

/** One replica of the limit service without transport and HTTP: its providers, on a real Redis. */
export async function startLimitsReplica(options: LimitsReplicaOptions): Promise<TestingModule> {
  const { url, keyPrefix, config = new LarderConfig(), env = {} } = options;
  @Module({
    providers: [
      { provide: LarderConfig, useValue: config },
      { provide: ServiceEnv, useValue: Object.assign(new ServiceEnv(), env) },
      { provide: Log, useValue: createLog('ratelimit', 'silent') },
      Metrics,
    ],
    exports: [LarderConfig, ServiceEnv, Log, Metrics],
  })
  class ServiceParts {}

  const urls = { cache: url, state: url, bus: url };
  // A busy machine may let Redis look away for a moment; what a replica does then is tested on its own.
  const commandTimeoutMs = 5_000;
  const replica = await Test.createTestingModule({
    imports: [
      { module: ServiceParts, global: true },
      RedisConnectionModule.forRoot({ urls, keyPrefix, commandTimeoutMs }),
      RatelimitModule,
    ],
  }).compile();
  return replica.init();
}
