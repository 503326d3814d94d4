import { part } from './key-part.js';

/** Keys of what applications have stored themselves, beside those of the answers. */
export interface EntryKeys {
  /** The exact keys of one prompt with different attributes, by the end of their life; zset, expires. Role `cache`. */
  variants(tenant: string, cacheId: string, generation: string, sha256: string): string;
}

export function entryKeys(prefix: string): EntryKeys {
  const root = part('prefix', prefix);
  return {
    variants: (tenant, cacheId, generation, sha256) =>
      [
        `${root}:variants:${part('tenant', tenant)}:${part('cacheId', cacheId)}`,
        `${part('generation', generation)}:${part('sha256', sha256)}`,
      ].join(':'),
  };
}
