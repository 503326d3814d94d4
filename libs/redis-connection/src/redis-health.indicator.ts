import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { RedisConnections } from './redis-connections.js';
import type { RedisRole } from './redis-options.js';

/** Tells Terminus whether a role answers; reads the breaker's state and asks Redis nothing. */
@Injectable()
export class RedisHealthIndicator {
  constructor(
    private readonly connections: RedisConnections,
    private readonly indicators: HealthIndicatorService,
  ) {}

  isHealthy(role: RedisRole, key = `redis-${role}`): HealthIndicatorResult {
    const indicator = this.indicators.check(key);
    return this.connections.status(role) === 'connected' ? indicator.up() : indicator.down('Redis does not answer');
  }
}
