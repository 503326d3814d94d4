import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { RedisConnections, RedisHealthIndicator, redisRoles, type RedisRole } from '#redis-connection';
import { TransportHealthIndicator, TransportStatus } from '#redis-streams';
import { ApiKeyDirectory } from './api-key-directory.js';
import { OwnChecks, type OwnCheck } from './own-checks.js';

const startPollMs = 100;

/**
 * Whether requests may be sent to this process.
 *
 * Every service: red until `state` and `bus` answered once and the transport consumed once; red while shutting down; and
 * red while Redis answers but the transport, or a queue of jobs, is not read ("connected but not consuming").
 * A service that can do nothing without Redis (`needsRedis`) is also red while `state` or `bus` is away. The gateway, the
 * cache and standalone are not: chat goes on without Redis, and to take every replica out of service at once would turn
 * a slow minute into an outage.
 * The `cache` role is shown but never decides: losing it costs hits only.
 */
@Injectable()
export class Readiness implements OnApplicationBootstrap, OnApplicationShutdown {
  private draining = false;
  private startedOnce = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly needsRedis: boolean,
    private readonly redis: RedisHealthIndicator,
    private readonly connections: RedisConnections,
    private readonly transport: TransportHealthIndicator,
    private readonly transportStatus: TransportStatus,
    private readonly indicators: HealthIndicatorService,
    private readonly directory: ApiKeyDirectory,
    private readonly own: OwnChecks,
  ) {}

  /** A start counts when it happens, not when somebody asks. */
  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      if (this.started()) clearInterval(this.timer);
    }, startPollMs);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** From now on unready, so that balancers look elsewhere while requests under way finish. */
  drain(): void {
    this.draining = true;
  }

  started(): boolean {
    this.startedOnce ||= this.connected('state') && this.connected('bus') && this.consuming() && this.directory.loaded;
    return this.startedOnce;
  }

  checks(): (() => HealthIndicatorResult)[] {
    return [
      () => this.lifecycle(),
      ...redisRoles.map((role) => () => this.redisCheck(role)),
      () => this.transportCheck(),
      ...this.own.all.map((check) => () => this.ownCheck(check)),
    ];
  }

  private lifecycle(): HealthIndicatorResult {
    const indicator = this.indicators.check('service');
    if (this.draining) return indicator.down('shutting down');
    return this.started() ? indicator.up() : indicator.down('starting');
  }

  private redisCheck(role: RedisRole): HealthIndicatorResult {
    const decides = this.needsRedis && role !== 'cache';
    return decides || this.connected(role) ? this.redis.isHealthy(role) : this.tolerated(`redis-${role}`);
  }

  /** While the bus is away the transport cannot consume; that is then the bus' matter. */
  private transportCheck(): HealthIndicatorResult {
    if (!this.needsRedis && !this.connected('bus')) return this.tolerated('transport');
    return this.transport.isHealthy('transport');
  }

  /** What reads its work from Redis cannot while that is away; then that is the matter, as for the transport. */
  private ownCheck({ name, isUp }: OwnCheck): HealthIndicatorResult {
    if (!this.needsRedis && !this.connected('state')) return this.tolerated(name);
    const indicator = this.indicators.check(name);
    return isUp() ? indicator.up() : indicator.down('not consuming');
  }

  private tolerated(name: string): HealthIndicatorResult {
    return this.indicators.check(name).up({ degraded: true });
  }

  private connected(role: RedisRole): boolean {
    return this.connections.status(role) === 'connected';
  }

  private consuming(): boolean {
    return this.transportStatus.snapshot().status === 'consuming';
  }
}
