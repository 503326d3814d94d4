/** Longest wait that upstream may ask for: short while another upstream could answer instead. */
const longestWaitMs = { alone: 10_000, withAlternative: 1_000 };
const firstBackoffMs = 250;
const longestBackoffMs = 4_000;

export interface RetryState {
  /** Attempts already made at this upstream. */
  readonly attempts: number;
  readonly retries: number;
  readonly hasAlternative: boolean;
  /** Milliseconds left for the whole call. */
  readonly remainingMs: number;
}

/**
 * Milliseconds to wait before the next attempt; undefined when there should be none. What upstream asks for
 * (`retry-after-ms`, then `Retry-After`) is obeyed or the retry is given up, never cut short.
 */
export function retryWaitMs(
  headers: Readonly<Record<string, string>>,
  state: RetryState,
  random: () => number = Math.random,
): number | undefined {
  if (state.attempts > state.retries || headers['x-should-retry'] === 'false') return undefined;
  const longest = state.hasAlternative ? longestWaitMs.withAlternative : longestWaitMs.alone;
  const asked = retryAfterMs(headers);
  if (asked !== undefined && asked > longest) return undefined;
  const backoff = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (state.attempts - 1));
  // A little later than asked, so that everyone who was turned away does not return together.
  const waitMs = asked === undefined ? backoff * (0.5 + random() / 2) : asked + random() * firstBackoffMs;
  return waitMs < state.remainingMs ? waitMs : undefined;
}

/** RFC 9110, 10.2.3: whole seconds or an HTTP date; `retry-after-ms` is OpenAI's finer one. */
function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const fine = Number.parseFloat(headers['retry-after-ms'] ?? '');
  if (fine >= 0) return fine;
  const text = headers['retry-after']?.trim();
  if (!text) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
