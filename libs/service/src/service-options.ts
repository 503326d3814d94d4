import type { DynamicModule, Type } from '@nestjs/common';

export interface ServiceOptions {
  /** `gateway`: in logs, metrics and as the transport's service name. */
  readonly name: string;
  readonly defaultPort: number;
  readonly modules: readonly (Type | DynamicModule)[];
  readonly rpc: 'streams' | 'local';
  /**
   * True for services that can do nothing without Redis (sessions, jobs): they are unready while it is away.
   * False (the default) for those that go on: the gateway calls upstream, the cache answers with misses.
   */
  readonly needsRedis?: boolean;
}
