import type { ClusterOptions, RedisOptions } from 'ioredis';
import type { RedisTls } from './redis-options.js';
import type { RedisTarget } from './redis-url.js';

/** Milliseconds for the TCP and TLS handshakes, and again for the Redis one. */
export const connectTimeoutMs = 2_000;
const longestRetryMs = 1_000;
/** A socket that was told to end and does not is destroyed after so many milliseconds: its server may be stopped. */
const disconnectTimeoutMs = 200;
/** A blocking reader waits on the server for less than this; silence beyond it means a dead connection. */
const longestSilenceMs = 15_000;

export interface ClientSettings {
  readonly name?: string;
  readonly tls?: RedisTls;
}

/** Exponential, capped and jittered: many clients do not come back in step. */
function retryDelayMs(attempt: number): number {
  const ceiling = Math.min(longestRetryMs, 25 * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling * (0.5 + Math.random() / 2));
}

/** For commands: nothing waits for a connection, nothing is sent twice. Timeouts are the guard's. */
export function commandOptions(target: RedisTarget, settings: ClientSettings): RedisOptions {
  return { ...connectionOptions(target, settings), enableOfflineQueue: false };
}

/** For blocking reads: commands wait until the next attempt to connect has an end, and the attempts have none. */
export function blockingOptions(target: RedisTarget, settings: ClientSettings): RedisOptions {
  return { ...connectionOptions(target, settings), enableOfflineQueue: true, socketTimeout: longestSilenceMs };
}

/** Nodes reconnect by themselves, so that one that is away neither redirects commands nor holds them. */
export function commandClusterOptions(target: RedisTarget, settings: ClientSettings): ClusterOptions {
  return {
    ...clusterOptions(target, commandOptions(target, settings)),
    // A node that was lost for good leaves the pool, and the cluster is read anew from its first addresses.
    clusterNodeRetryStrategy: (attempt) => (attempt > 20 ? null : retryDelayMs(attempt)),
  };
}

/** Nodes that are lost leave the pool: the reader's next command finds the slot's new owner. */
export function blockingClusterOptions(target: RedisTarget, settings: ClientSettings): ClusterOptions {
  return clusterOptions(target, blockingOptions(target, settings));
}

function clusterOptions(target: RedisTarget, redisOptions: RedisOptions): ClusterOptions {
  return {
    redisOptions,
    lazyConnect: true,
    clusterRetryStrategy: retryDelayMs,
    maxRedirections: 5,
    // Zero: a command in flight on a lost connection is not sent again, and a cluster that is down says so at once.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    retryDelayOnTryAgain: 20,
    slotsRefreshTimeout: connectTimeoutMs,
    // Certificates carry names: resolving them here would lose what to compare with.
    ...(target.tls ? { dnsLookup: (address: string, done: DnsAnswer) => done(null, address) } : {}),
  };
}

type DnsAnswer = (error: null, address: string) => void;

function connectionOptions(target: RedisTarget, settings: ClientSettings): RedisOptions {
  return {
    ...(target.kind === 'sentinel' ? sentinelOptions(target, settings) : target.addresses[0]),
    db: target.database,
    username: target.credentials?.username,
    password: target.credentials?.password,
    ...(target.tls ? { tls: { ...settings.tls } } : {}),
    connectionName: settings.name,
    disableClientInfo: true,
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: disconnectTimeoutMs,
    retryStrategy: retryDelayMs,
    // Zero: what was in flight when a connection broke is rejected, never sent again.
    // (autoResendUnfulfilledCommands: false would forget such commands and leave their promises pending.)
    maxRetriesPerRequest: 0,
    reconnectOnError: reconnectWhenDemoted(),
  };
}

function sentinelOptions(target: RedisTarget, settings: ClientSettings): RedisOptions {
  return {
    sentinels: target.addresses.map((address) => ({ ...address })),
    name: target.master,
    sentinelUsername: target.sentinelCredentials?.username,
    sentinelPassword: target.sentinelCredentials?.password,
    sentinelRetryStrategy: retryDelayMs,
    // Without it a stopped sentinel would hold the connection attempt for ever.
    sentinelCommandTimeout: connectTimeoutMs,
    failoverDetector: true,
    ...(target.tls ? { enableTLSForSentinelMode: true, sentinelTLS: { ...settings.tls } } : {}),
  };
}

/** A master that became a replica is left, at most once a second: behind one address there may be no other. */
function reconnectWhenDemoted(): (error: Error) => boolean {
  let last = 0;
  return (error) => {
    const demoted = /^(READONLY|UNBLOCKED force)/.test(error.message) && Date.now() - last > 1_000;
    last = demoted ? Date.now() : last;
    return demoted;
  };
}
