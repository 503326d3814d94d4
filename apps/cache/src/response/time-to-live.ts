/**
 * Milliseconds until an entry expires: the wanted time, shortened by a random part of it, so that entries stored together
 * do not all expire together. Only ever shorter: the wanted time is a promise that nothing older is served.
 * @param jitter largest part taken away, 0–1
 * @param random uniform in [0, 1)
 */
export function jitteredTtlMs(ttlSeconds: number, jitter: number, random: () => number = Math.random): number {
  return Math.ceil(ttlSeconds * 1_000 * (1 - jitter * random()));
}
