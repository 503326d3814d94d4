import { defaultPolicy, type CachePolicy } from '../policy/cache-policy.js';
import type { TtlDecision } from '../ttl/classify.js';
import type { EntryHeader } from './stored-answer.js';
import { jitteredTtlMs } from './time-to-live.js';

/** How old a sliding entry may become unless the policy says: so many times its time to live. */
const defaultCap = 7;

/** The times of a new entry. */
export interface EntryLife extends Pick<EntryHeader, 'createdAt' | 'expiresAt' | 'staleMs' | 'slidingMs'> {
  /** Until it expires unless it is asked for; what the client is told. Milliseconds. */
  readonly ttlMs: number;
  /** How long Redis keeps it from now. Milliseconds. */
  readonly keptMs: number;
  /** The latest moment at which Redis lets it go, epoch milliseconds. */
  readonly keptUntil: number;
}

type LifePolicy = Pick<
  CachePolicy,
  | 'ttlSeconds'
  | 'ttlJitter'
  | 'ttlRules'
  | 'slidingTtl'
  | 'maxAgeSeconds'
  | 'staleWhileRevalidateSeconds'
  | 'staleIfErrorSeconds'
>;

/** @param wantedSeconds the request's own time to live, which outdoes class and policy */
export function entryLife(
  policy: LifePolicy,
  decision: Pick<TtlDecision, 'ttlSeconds'>,
  wantedSeconds?: number,
  createdAt = Date.now(),
): EntryLife {
  const ttlMs = jitteredTtlMs(wantedSeconds ?? classTtlSeconds(policy, decision), policy.ttlJitter);
  const staleMs = Math.max(policy.staleWhileRevalidateSeconds, policy.staleIfErrorSeconds) * 1_000;
  const stale = staleMs > 0 && { staleMs };
  if (!policy.slidingTtl) {
    const expiresAt = createdAt + ttlMs;
    return { createdAt, expiresAt, ...stale, ttlMs, keptMs: ttlMs + staleMs, keptUntil: expiresAt + staleMs };
  }
  const capMs = policy.maxAgeSeconds === undefined ? ttlMs * defaultCap : policy.maxAgeSeconds * 1_000;
  const slidingMs = Math.min(ttlMs, capMs);
  const expiresAt = createdAt + capMs;
  const times = { ttlMs: slidingMs, keptMs: slidingMs + staleMs, keptUntil: expiresAt + staleMs };
  return { createdAt, expiresAt, ...stale, slidingMs, ...times };
}

/** The built-in rules are made for the default day; where a cache has a time of its own they only shorten it. */
function classTtlSeconds({ ttlSeconds, ttlRules }: LifePolicy, decision: Pick<TtlDecision, 'ttlSeconds'>): number {
  if (decision.ttlSeconds === undefined) return ttlSeconds;
  const isOwn = ttlRules === undefined && ttlSeconds !== defaultPolicy.ttlSeconds;
  return isOwn ? Math.min(decision.ttlSeconds, ttlSeconds) : decision.ttlSeconds;
}
