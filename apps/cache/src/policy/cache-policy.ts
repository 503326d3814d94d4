import type { CacheMode, EvictionOrder, GuardSettings, ServedEntries } from '#contracts';
import type { TtlRule } from '../ttl/ttl-rule.js';

/** How one cache behaves; each member as `CachePolicyMembers` documents it. */
export interface CachePolicy {
  readonly mode: CacheMode;
  readonly ttlSeconds: number;
  readonly ttlJitter: number;
  readonly honourCacheControl: boolean;
  readonly attributes: readonly string[];
  /** Absent: the embedder's own. */
  readonly similarityThreshold?: number;
  readonly minPromptLength: number;
  readonly semanticWithTools: boolean;
  readonly guards: GuardSettings;
  /** Absent: the built-in rules. */
  readonly ttlRules?: readonly TtlRule[];
  readonly slidingTtl: boolean;
  /** Absent: seven times the time to live. */
  readonly maxAgeSeconds?: number;
  readonly staleWhileRevalidateSeconds: number;
  readonly staleIfErrorSeconds: number;
  readonly maxEntries: number;
  readonly eviction: EvictionOrder;
  readonly servedEntries: ServedEntries;
  readonly minDistinctUsers: number;
  readonly storeTruncated: boolean;
}

export const defaultPolicy: CachePolicy = {
  mode: 'semantic',
  ttlSeconds: 86_400,
  ttlJitter: 0.1,
  honourCacheControl: true,
  attributes: [],
  minPromptLength: 8,
  semanticWithTools: false,
  guards: {},
  slidingTtl: false,
  staleWhileRevalidateSeconds: 0,
  staleIfErrorSeconds: 0,
  maxEntries: 100_000,
  eviction: 'lru',
  servedEntries: 'all',
  minDistinctUsers: 1,
  storeTruncated: false,
};
