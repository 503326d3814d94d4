/** Milliseconds to wait before attempt `attempt` (from 1): doubled each time, capped, and between half and all of that by chance. */
export function backoffMs(attempt: number, firstMs: number, longestMs: number): number {
  const full = Math.min(firstMs * 2 ** Math.min(attempt - 1, 30), longestMs);
  return full * (0.5 + Math.random() / 2);
}
