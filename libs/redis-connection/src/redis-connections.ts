import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { BlockingClients } from './blocking-clients.js';
import type { ClientSettings } from './client-options.js';
import { ClusterConnection } from './cluster-connection.js';
import { ConnectionState, type CommandConnection, type RoleStatus } from './command-connection.js';
import { redisRoles, type RedisClient, type RedisConnectionOptions, type RedisRole } from './redis-options.js';
import { parseRedisUrl, type RedisTarget } from './redis-url.js';
import { readMemoryPolicy } from './server-policy.js';
import { SingleConnection } from './single-connection.js';

export interface RoleSnapshot {
  readonly role: RedisRole;
  readonly status: RoleStatus;
  /** How often the status changed since the start. */
  readonly transitions: number;
}

const defaultCommandTimeoutMs = 150;
/** How long a start waits for Redis; after that the service starts without it. */
const startPatienceMs = 2_000;

/** Every connection of this process to Redis, by role. */
@Injectable()
export class RedisConnections implements OnModuleInit, OnApplicationShutdown {
  readonly keyPrefix: string;
  private readonly targets: Readonly<Record<RedisRole, RedisTarget>>;
  private readonly commands: Readonly<Record<RedisRole, CommandConnection>>;
  private readonly blocking = new BlockingClients();
  private opened: Promise<void> | undefined;
  private closed: Promise<void> | undefined;

  /** @throws RedisUrlError */
  constructor(private readonly options: RedisConnectionOptions) {
    this.keyPrefix = options.keyPrefix;
    this.targets = eachRole((role) => parseRedisUrl(options.urls[role]));
    const byUrl = new Map<string, CommandConnection>();
    this.commands = eachRole((role) => {
      const url = options.urls[role];
      const connection = byUrl.get(url) ?? this.createConnection(role);
      byUrl.set(url, connection);
      return connection;
    });
  }

  /** The client for ordinary commands: each settles within the command timeout, and at once while Redis is away. */
  command(role: RedisRole): RedisClient {
    return this.commands[role].client;
  }

  /**
   * A connection of its own, for commands that wait (`XREADGROUP … BLOCK`, for less than 15 s at a time, or the
   * connection counts as dead). Reconnects for ever; what was in flight is rejected, never sent again.
   * In a cluster, commands on one such client block each other when one node serves them: one client a stream.
   */
  openBlocking(role: RedisRole, purpose: string): RedisClient {
    return this.blocking.open(this.targets[role], this.settings(purpose));
  }

  closeBlocking(client: RedisClient): void {
    this.blocking.close(client);
  }

  status(role: RedisRole): RoleStatus {
    return this.commands[role].state.status;
  }

  snapshot(): RoleSnapshot[] {
    return redisRoles.map((role) => {
      const { status, transitions } = this.commands[role].state;
      return { role, status, transitions };
    });
  }

  /** Throws a ServiceError when a reachable `state` or `bus` server would evict what it may not lose. */
  async assertSafe(): Promise<void> {
    const faults = await Promise.all((['state', 'bus'] as const).map((role) => this.findEviction(role)));
    const found = faults.filter((fault) => fault !== undefined);
    if (found.length > 0) {
      throw new ServiceError('internal', found.join('; '), { faults: found });
    }
  }

  /** Connects, waits a moment for Redis, and refuses a server that evicts; without Redis the service starts too. */
  onModuleInit(): Promise<void> {
    this.opened ??= this.open();
    return this.opened;
  }

  onApplicationShutdown(): Promise<void> {
    this.closed ??= this.close();
    return this.closed;
  }

  private async open(): Promise<void> {
    await Promise.all([...this.distinct()].map((connection) => this.openConnection(connection)));
    try {
      await this.assertSafe();
    } catch (error) {
      await this.onApplicationShutdown();
      throw error;
    }
  }

  private async openConnection(connection: CommandConnection): Promise<void> {
    const { state } = connection;
    connection.connect();
    await state.untilConnected(startPatienceMs);
    if (state.status === 'degraded') {
      const { logger } = this.options;
      logger?.warn('Redis away at the start; trying on', { redis: state.name, reason: connection.reason });
      // Too late to refuse the start, not to say why data may vanish.
      const warn = (error: Error) => logger?.warn('Redis is not safe', { redis: state.name, reason: error.message });
      state.onceConnected(() => void this.assertSafe().catch(warn));
    }
  }

  private async close(): Promise<void> {
    this.blocking.closeAll();
    await Promise.all([...this.distinct()].map((connection) => connection.close()));
  }

  private async findEviction(role: RedisRole): Promise<string | undefined> {
    const { client, state } = this.commands[role];
    if (state.status !== 'connected') {
      return undefined;
    }
    try {
      const found = await readMemoryPolicy(client);
      return found.evicts ? `The Redis of role ${role} evicts (${found.policy}): it needs noeviction` : undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      this.options.logger?.warn('Redis memory policy not known', { redis: role, reason });
      return undefined;
    }
  }

  private createConnection(role: RedisRole): CommandConnection {
    const sharing = redisRoles.filter((other) => this.options.urls[other] === this.options.urls[role]);
    const state = new ConnectionState(sharing.join('+'), this.options.logger);
    const target = this.targets[role];
    const timeoutMs = this.options.commandTimeoutMs ?? defaultCommandTimeoutMs;
    return target.kind === 'cluster'
      ? new ClusterConnection(target, this.settings('commands'), timeoutMs, state)
      : new SingleConnection(target, this.settings('commands'), timeoutMs, state);
  }

  private settings(purpose: string): ClientSettings {
    return { name: `${this.options.clientName ?? 'larder'}:${purpose}`, tls: this.options.tls };
  }

  private distinct(): Set<CommandConnection> {
    return new Set(Object.values(this.commands));
  }
}

function eachRole<T>(make: (role: RedisRole) => T): Record<RedisRole, T> {
  return { cache: make('cache'), state: make('state'), bus: make('bus') };
}
