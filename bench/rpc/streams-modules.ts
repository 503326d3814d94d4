import type { DynamicModule } from '@nestjs/common';
import { RedisConnectionModule } from '../../libs/redis-connection/index.js';
import { TransportModule } from '../../libs/redis-streams/index.js';
import { redisUrl } from '../measuring/child.js';

export function streamsModules(instance: string): DynamicModule[] {
  const url = redisUrl();
  const urls = { cache: url, state: url, bus: url };
  return [
    // A busy shared machine must not make the bench measure timeouts.
    RedisConnectionModule.forRoot({ urls, keyPrefix: 'bench-rpc', commandTimeoutMs: 10_000 }),
    TransportModule.forRoot({ service: 'echo', instance, rpc: 'streams' }),
  ];
}

export function nestRedisOptions(): { host: string; port: number } {
  const { hostname, port } = new URL(redisUrl());
  return { host: hostname, port: Number(port) };
}
