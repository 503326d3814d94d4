/** What the cache did for one call of `/v1/embeddings`, counted in different texts. */
export interface EmbeddingsVerdict {
  /** `bypass`: neither read nor written. */
  readonly isBypass?: boolean;
  /** The caller forbade vectors from the cache (`no-cache`). */
  readonly forced?: boolean;
  readonly asked: number;
  readonly found: number;
  /** Those that another request of this process was asking for already. */
  readonly shared: number;
  readonly stored?: boolean;
  /** Seconds: of the oldest vector that was found, and until the first of them expires. */
  readonly age?: number;
  readonly ttl?: number;
  readonly costMicroUsd?: number;
  readonly isCacheAway?: boolean;
}

type EmbeddingsResult = 'hit-exact' | 'partial' | 'miss' | 'coalesced' | 'bypass';

function resultOf({ isBypass, asked, found, shared }: EmbeddingsVerdict): EmbeddingsResult {
  if (isBypass) return 'bypass';
  if (found === asked) return 'hit-exact';
  if (found > 0) return 'partial';
  return shared === asked ? 'coalesced' : 'miss';
}

/** RFC 9211 Cache-Status, RFC 9111 Age, and the `x-larder-*` headers. */
export function embeddingsHeaders(verdict: EmbeddingsVerdict): Record<string, string> {
  const { asked, found, age, costMicroUsd, isBypass, isCacheAway } = verdict;
  return {
    'cache-status': `larder; ${cacheStatus(verdict)}`,
    'x-larder-cache': resultOf(verdict),
    ...(!isBypass && { 'x-larder-cache-hits': `${found}/${asked}` }),
    ...(age !== undefined && { age: String(age) }),
    ...(costMicroUsd !== undefined && { 'x-larder-cost-usd': (costMicroUsd / 1e6).toFixed(6) }),
    ...(isCacheAway && { 'x-larder-degraded': 'cache' }),
  };
}

function cacheStatus(verdict: EmbeddingsVerdict): string {
  const stored = verdict.stored ? '; stored' : '';
  switch (resultOf(verdict)) {
    case 'hit-exact':
      return `hit; ttl=${verdict.ttl ?? 0}; detail=exact`;
    case 'partial':
      return `fwd=partial${stored}`;
    case 'coalesced':
      return 'fwd=miss; collapsed';
    case 'bypass':
      return 'fwd=bypass';
    case 'miss':
      return `${verdict.forced ? 'fwd=request' : 'fwd=miss'}${stored}`;
  }
}
