import type { Cluster, Redis } from 'ioredis';

/**
 * What the data behind a connection is worth: `cache` may be evicted at any time, `state` may not be lost,
 * `bus` carries messages between services.
 */
export const redisRoles = ['cache', 'state', 'bus'] as const;
export type RedisRole = (typeof redisRoles)[number];

export type RedisClient = Redis | Cluster;

/** The few lines that connections write: transitions, never one a command. */
export interface RedisLog {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
}

/** Beside `rediss://`, for authorities that Node does not know by itself; PEM texts. */
export interface RedisTls {
  readonly ca?: string;
  /** Certificate and key of this client, where the server asks for them. */
  readonly cert?: string;
  readonly key?: string;
}

export interface RedisConnectionOptions {
  /** One URL a role, as `parseRedisUrl` reads them; equal URLs share one command client. */
  readonly urls: Readonly<Record<RedisRole, string>>;
  /** First part of every key. */
  readonly keyPrefix: string;
  /** Milliseconds until a command is given up; 150 unless told. */
  readonly commandTimeoutMs?: number;
  /** Shown by `CLIENT LIST`. */
  readonly clientName?: string;
  readonly tls?: RedisTls;
  readonly logger?: RedisLog;
}
