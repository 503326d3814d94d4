import { part } from './key-part.js';

/** Keys of the response cache. */
export interface CacheKeys {
  /** One answer by the SHA-256 of its whole request; string, expires. Role `cache`. */
  exact(tenant: string, cacheId: string, generation: string, sha256: string): string;
  /** A SCAN pattern for the answers in all caches of a tenant. */
  exactInAnyCache(tenant: string): string;
  /** When a user was erased; string, expires. Role `state`: an answer that was on its way then must not be kept. */
  erased(tenant: string, userDigest: string): string;
  /** One entry with its boundaries; hash, expires. Role `cache`. */
  entry(tenant: string, cacheId: string, entryId: string): string;
  /** What the keys of all entries begin with. */
  entryPrefix(): string;
  /** The number that a flush moves on; string. Role `state`: losing it would bring flushed answers back. */
  generation(tenant: string, cacheId: string): string;
  /** A cache's own settings; hash. Role `state`. */
  policy(tenant: string, cacheId: string): string;
  /** The ids of a tenant's configured caches; set. Role `state`. */
  policyIndex(tenant: string): string;
  /** Counts of one day, `YYYY-MM-DD` in UTC; hash. Role `state`. */
  statistics(tenant: string, cacheId: string, day: string): string;
  /** Who leads a flight; string, expires. Same slot as the flight's result. Role `state`. */
  flightLease(sha256: string): string;
  /** What a flight brought home; expires. Same slot as the flight's lease. Role `state`. */
  flightResult(sha256: string): string;
}

export function cacheKeys(prefix: string): CacheKeys {
  const root = part('prefix', prefix);
  const scope = (tenant: string, cacheId: string) => `${part('tenant', tenant)}:${part('cacheId', cacheId)}`;
  return {
    exact: (tenant, cacheId, generation, sha256) =>
      `${root}:exact:${scope(tenant, cacheId)}:${part('generation', generation)}:${part('sha256', sha256)}`,
    exactInAnyCache: (tenant) => `${root}:exact:${part('tenant', tenant)}:*`,
    erased: (tenant, userDigest) => `${root}:erased:${part('tenant', tenant)}:${part('userDigest', userDigest)}`,
    entry: (tenant, cacheId, entryId) => `${root}:entry:${scope(tenant, cacheId)}:${part('entryId', entryId)}`,
    entryPrefix: () => `${root}:entry:`,
    generation: (tenant, cacheId) => `${root}:generation:${scope(tenant, cacheId)}`,
    policy: (tenant, cacheId) => `${root}:policy:${scope(tenant, cacheId)}`,
    policyIndex: (tenant) => `${root}:policies:${part('tenant', tenant)}`,
    statistics: (tenant, cacheId, day) => `${root}:stats:${scope(tenant, cacheId)}:${part('day', day)}`,
    flightLease: (sha256) => `${root}:flight:{${part('sha256', sha256)}}:lease`,
    flightResult: (sha256) => `${root}:flight:{${part('sha256', sha256)}}:result`,
  };
}
