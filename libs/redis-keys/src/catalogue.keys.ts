import { part } from './key-part.js';

/** Keys by which entries are found again: to be invalidated, bounded in number and judged. */
export interface CatalogueKeys {
  /** The entries that carry one label (tag, attribute, model, writer, user), by the end of their life; zset, expires. Role `cache`. */
  label(tenant: string, cacheId: string, digest: string): string;
  /** A SCAN pattern for the lists of one label in all caches of a tenant. */
  labelInAnyCache(tenant: string, digest: string): string;
  /** When, or how much, each entry was used; zset, expires. Same slot as `ends`. Role `cache`. */
  uses(tenant: string, cacheId: string): string;
  /** When the life of each entry ends; zset, expires. Same slot as `uses`. Role `cache`. */
  ends(tenant: string, cacheId: string): string;
  /** What was invalidated, and when; zset, expires. Role `state`: losing it would bring invalidated answers back. */
  invalidated(tenant: string, cacheId: string): string;
  /** What feedback has forbidden the answer of one question; hash, expires. Role `state`: users do not say it twice. */
  quarantine(tenant: string, cacheId: string, exactKey: string): string;
  /** Hashes of who asked one question; set, expires. Role `cache`. */
  askers(tenant: string, cacheId: string, generation: string, exactKey: string): string;
}

export function catalogueKeys(prefix: string): CatalogueKeys {
  const root = part('prefix', prefix);
  const scope = (tenant: string, cacheId: string) => `${part('tenant', tenant)}:${part('cacheId', cacheId)}`;
  return {
    label: (tenant, cacheId, digest) => `${root}:tag:${scope(tenant, cacheId)}:${part('digest', digest)}`,
    labelInAnyCache: (tenant, digest) => `${root}:tag:${part('tenant', tenant)}:*:${part('digest', digest)}`,
    uses: (tenant, cacheId) => `${root}:recent:{${scope(tenant, cacheId)}}:uses`,
    ends: (tenant, cacheId) => `${root}:recent:{${scope(tenant, cacheId)}}:ends`,
    invalidated: (tenant, cacheId) => `${root}:invalidated:${scope(tenant, cacheId)}`,
    quarantine: (tenant, cacheId, exactKey) =>
      `${root}:quarantine:${scope(tenant, cacheId)}:${part('exactKey', exactKey)}`,
    askers: (tenant, cacheId, generation, exactKey) =>
      `${root}:askers:${scope(tenant, cacheId)}:${part('generation', generation)}:${part('exactKey', exactKey)}`,
  };
}
