import type { MissReason } from '#contracts';

/** What the cache did for one request; becomes headers, and a label of the metrics. */
export interface CacheVerdict {
  readonly result: 'hit-exact' | 'hit-semantic' | 'miss' | 'bypass' | 'stale' | 'coalesced' | 'shadow';
  /** How an answer from the cache was found. */
  readonly via?: 'exact' | 'semantic';
  /** For a miss: the caller forbade an answer from the cache (`no-cache`). */
  readonly forced?: boolean;
  /** Why there was no hit. */
  readonly reason?: MissReason;
  /** How the question was classified. */
  readonly class?: string;
  readonly stored?: boolean;
  /** What was served or stored; in shadow mode, what would have been served. */
  readonly entryId?: string;
  /** 0–1, of an answer to another question. */
  readonly similarity?: number;
  readonly ageSeconds?: number;
  /** Negative for a stale answer: since when. */
  readonly ttlSeconds?: number;
  readonly costMicroUsd?: number;
  readonly savedMicroUsd?: number;
  /** What was skipped because Redis was away: `cache`, `flight` (replicas did not share the call), `idempotency`. */
  readonly degraded?: readonly string[];
}

/** RFC 9211 Cache-Status, RFC 9111 Age, and the `x-larder-*` headers. */
export function cacheHeaders(verdict: CacheVerdict): Record<string, string> {
  const { entryId, similarity, ageSeconds, costMicroUsd, savedMicroUsd, degraded = [] } = verdict;
  return {
    'cache-status': `larder; ${cacheStatus(verdict)}`,
    'x-larder-cache': verdict.result,
    ...(verdict.reason !== undefined && { 'x-larder-cache-reason': verdict.reason }),
    ...(verdict.class !== undefined && { 'x-larder-cache-class': verdict.class }),
    ...(ageSeconds !== undefined && { age: String(ageSeconds) }),
    ...(entryId !== undefined && { 'x-larder-entry': entryId }),
    ...(similarity !== undefined && { 'x-larder-similarity': similarity.toFixed(4) }),
    ...(costMicroUsd !== undefined && { 'x-larder-cost-usd': formatUsd(costMicroUsd) }),
    ...(savedMicroUsd !== undefined && { 'x-larder-saved-usd': formatUsd(savedMicroUsd) }),
    ...(degraded.length > 0 && { 'x-larder-degraded': degraded.join(',') }),
  };
}

function cacheStatus(verdict: CacheVerdict): string {
  const forward = verdict.forced ? 'fwd=request' : 'fwd=miss';
  switch (verdict.result) {
    case 'hit-exact':
    case 'hit-semantic':
    case 'stale':
      return `hit; ttl=${verdict.ttlSeconds ?? 0}; detail=${verdict.via ?? 'exact'}`;
    case 'coalesced':
      return 'fwd=miss; collapsed';
    case 'bypass':
      return 'fwd=bypass';
    case 'miss':
    case 'shadow':
      return verdict.stored ? `${forward}; stored` : forward;
  }
}

/** Micro-dollars as dollars with six digits, without floating point: 1234567 → `1.234567`. */
function formatUsd(microUsd: number): string {
  const digits = String(microUsd).padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
