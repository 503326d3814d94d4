import type { LimitState } from '#contracts';

type Headers = Record<string, string>;

/** Largest integer of a structured field (RFC 9651). */
const largest = 999_999_999_999_999;

/**
 * Where a caller stands, in both dialects that clients read: the IETF's (draft-ietf-httpapi-ratelimit-headers-11) and OpenAI's.
 * Shadow limits refuse nobody, and nobody is told of them.
 */
export function limitHeaders(states: readonly LimitState[]): Headers {
  const told = states.filter(({ shadow }) => !shadow);
  if (told.length === 0) return {};
  return {
    'ratelimit-policy': told.map(policyItem).join(', '),
    ratelimit: told.map(limitItem).join(', '),
    ...openAiHeaders(told, 'requests'),
    ...openAiHeaders(told, 'tokens'),
  };
}

/** The draft's default unit is requests; it has no word for tokens or money, and asks that own parameters bear their maker's name. */
function policyItem({ name, limit, unit, algorithm, windowSeconds }: LimitState): string {
  const quota = `"${name}";q=${Math.min(limit, largest)}`;
  if (algorithm === 'concurrency') return `${quota};qu="concurrent-requests"`;
  const window = `${quota};w=${Math.ceil(windowSeconds)}`;
  return unit === 'requests' ? window : `${window};larder-unit="${unit}"`;
}

function limitItem({ name, remaining, resetMs, algorithm }: LimitState): string {
  const rest = `"${name}";r=${Math.min(remaining, largest)}`;
  return algorithm === 'concurrency' ? rest : `${rest};t=${wholeSeconds(resetMs)}`;
}

/** OpenAI tells of one limit a unit: here that of which least is left. */
function openAiHeaders(states: readonly LimitState[], unit: 'requests' | 'tokens'): Headers {
  const [tightest] = states
    .filter((state) => state.unit === unit && state.algorithm !== 'concurrency')
    .sort((left, right) => left.remaining - right.remaining || right.resetMs - left.resetMs);
  if (!tightest) return {};
  return {
    [`x-ratelimit-limit-${unit}`]: String(tightest.limit),
    [`x-ratelimit-remaining-${unit}`]: String(tightest.remaining),
    [`x-ratelimit-reset-${unit}`]: openAiDuration(tightest.resetMs),
  };
}

/** Rounded up: who waits so long must not come early. */
export function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}

/** As OpenAI writes it, which is as Go does: `12ms`, `7.66s`, `6m0s`, `24h0m0s`. */
export function openAiDuration(ms: number): string {
  const whole = Math.ceil(ms);
  if (whole > 0 && whole < 1_000) return `${whole}ms`;
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor(whole / 60_000) % 60;
  const seconds = (whole % 60_000) / 1_000;
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
