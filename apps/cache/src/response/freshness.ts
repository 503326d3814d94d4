import type { MissReason } from '#contracts';
import type { EntryHeader } from './stored-answer.js';

export interface Freshness {
  readonly ageSeconds: number;
  /** Seconds until the entry expires; negative for one that has: since when. */
  readonly ttlSeconds: number;
  readonly isStale: boolean;
  /** Why it may not be served, if so. */
  readonly reason?: MissReason;
}

export interface FreshnessRule {
  /** The oldest that the caller accepts. */
  readonly maxAgeSeconds?: number | undefined;
  /** How long after its expiry an entry may be served; not at all unless told. */
  readonly staleSeconds?: number;
}

/** Age and remaining life of an entry; clocks of replicas may differ, so no age is ever negative. */
export function freshness(
  header: Pick<EntryHeader, 'createdAt' | 'expiresAt'>,
  { maxAgeSeconds, staleSeconds = 0 }: FreshnessRule = {},
  nowMs = Date.now(),
): Freshness {
  const ageMs = Math.max(0, nowMs - header.createdAt);
  const leftMs = header.expiresAt - nowMs;
  const isStale = leftMs <= 0;
  const ttlSeconds = isStale ? Math.min(-1, Math.floor(leftMs / 1_000)) : Math.ceil(leftMs / 1_000);
  const times = { ageSeconds: Math.floor(ageMs / 1_000), ttlSeconds, isStale };
  if (isStale && -leftMs >= staleSeconds * 1_000) return { ...times, reason: 'absent' };
  // `max-age=0` asks for a new answer, however young the entry.
  const isTooOld = typeof maxAgeSeconds === 'number' && (maxAgeSeconds === 0 || ageMs > maxAgeSeconds * 1_000);
  return isTooOld ? { ...times, reason: 'too-old' } : times;
}
