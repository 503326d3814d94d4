import { randomBytes } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { RedisConnections } from '#redis-connection';
import { serviceKeys } from '#redis-keys';
import { ServiceEnv } from './env.js';

const retryMs = 500;

/** The secret that makes a tenant of a client's own key: from the environment, else made once and kept in Redis. */
@Injectable()
export class TenantSecret implements OnApplicationBootstrap, OnApplicationShutdown {
  private secret: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly env: ServiceEnv,
    private readonly connections: RedisConnections,
  ) {
    this.secret = env.tenantSecret;
  }

  /** Throws `unavailable` until Redis was reached once. */
  value(): string {
    if (this.secret === undefined) throw new ServiceError('unavailable', 'The tenant secret is not there yet');
    return this.secret;
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.env.authMode === 'passthrough' && this.secret === undefined) await this.load();
  }

  onApplicationShutdown(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async load(): Promise<void> {
    try {
      const redis = this.connections.command('state');
      const key = serviceKeys(this.connections.keyPrefix).config('tenant-secret');
      await redis.set(key, randomBytes(32).toString('hex'), 'NX');
      this.secret = (await redis.get(key)) ?? undefined;
    } catch {
      // Redis being away is told by its connection, once.
    }
    if (this.secret !== undefined || this.closed) return;
    this.timer = setTimeout(() => void this.load(), retryMs);
    this.timer.unref();
  }
}
