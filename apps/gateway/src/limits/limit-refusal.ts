import type { LimitState, LimitUnit, LimitVerdict } from '#contracts';
import { errorOutcome, type Outcome } from '../completion/outcome.js';
import { openAiDuration, wholeSeconds } from './limit-headers.js';

/** OpenAI's SDKs wait no longer for a retry than this. Milliseconds. */
const longestWaitMs = 60_000;
/** A place may come free at any time; the limit itself only knows when the oldest lease lapses. Milliseconds. */
const placeWaitMs = 1_000;

const units: Readonly<Record<LimitUnit, string>> = {
  requests: 'requests',
  tokens: 'tokens',
  inputTokens: 'input tokens',
  outputTokens: 'output tokens',
  microUsd: 'micro-dollars',
};

/**
 * A denial in OpenAI's shape, naming the limit that holds: 429 with the time to wait; 400 for what no waiting helps.
 * `isClosed`: nobody could count, and the limit refuses then.
 */
export function limitRefusal({ binding, limits }: LimitVerdict, isClosed = false): Outcome {
  const state = limits.find(({ name }) => name === binding);
  if (!state) return overLimit('A limit was reached.', 1_000, false);
  if (isClosed) return uncounted(state);
  if (state.retryAfterMs === null) return neverFits(state);
  return reached(state, state.algorithm === 'concurrency' ? placeWaitMs : state.retryAfterMs);
}

/** `retryAfterMs` null: until somebody lifts the block. Asking again meanwhile is pointless. */
export function blockedRefusal(retryAfterMs: number | null): Outcome {
  const message = 'This caller is blocked.';
  const headers = { 'x-should-retry': 'false' };
  if (retryAfterMs === null) {
    return errorOutcome(403, { message, type: 'invalid_request_error', code: 'blocked' }, headers);
  }
  const error = { message, type: 'rate_limit_error', code: 'blocked' };
  return errorOutcome(429, error, { ...waitHeaders(retryAfterMs), ...headers });
}

function reached(state: LimitState, retryAfterMs: number): Outcome {
  const wait = `Try again in ${openAiDuration(retryAfterMs)}.`;
  // What is spent until a date, and money, is a budget: a client that waits as for a burst waits in vain.
  const isBudget = state.algorithm === 'calendar-window' || state.unit === 'microUsd';
  return named(state, overLimit(`${describe(state)} ${wait}`, retryAfterMs, isBudget));
}

function overLimit(message: string, retryAfterMs: number, isBudget: boolean): Outcome {
  const error = isBudget
    ? { message, type: 'insufficient_quota', code: 'insufficient_quota' }
    : { message, type: 'rate_limit_error', code: 'rate_limit_exceeded' };
  const isPointless = isBudget || retryAfterMs > longestWaitMs;
  return errorOutcome(429, error, {
    ...waitHeaders(retryAfterMs),
    ...(isPointless && { 'x-should-retry': 'false' }),
  });
}

function waitHeaders(retryAfterMs: number): Record<string, string> {
  return {
    'retry-after': String(Math.max(1, wholeSeconds(retryAfterMs))),
    'retry-after-ms': String(Math.max(1, Math.ceil(retryAfterMs))),
  };
}

function neverFits(state: LimitState): Outcome {
  const message = `The request is larger than the limit '${state.name}' ever allows: ${quota(state)}.`;
  const error = { message, type: 'invalid_request_error', code: 'limit_never_fits' };
  return named(state, errorOutcome(400, error, { 'x-should-retry': 'false' }));
}

function uncounted(state: LimitState): Outcome {
  const message = `The limit '${state.name}' cannot be counted at the moment, and lets nothing pass until it can.`;
  const headers = { 'retry-after': '1', 'retry-after-ms': '1000' };
  return named(state, errorOutcome(503, { message, type: 'server_error', code: 'limits_unavailable' }, headers));
}

function named({ name }: LimitState, outcome: Outcome): Outcome {
  return { ...outcome, headers: { ...outcome.headers, 'x-larder-limit': name } };
}

function describe(state: LimitState): string {
  return `The limit '${state.name}' of policy '${state.policy}' is reached: ${quota(state)}.`;
}

function quota({ limit, unit, algorithm, windowSeconds }: LimitState): string {
  const amount = `${limit} ${units[unit]}`;
  return algorithm === 'concurrency' ? `${amount} at a time` : `${amount} in ${windowSeconds} s`;
}
