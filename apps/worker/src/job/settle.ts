import { maxResultBytes, mostNotes, summaryOf, type JobSpec, type JobState, type KeptNote } from './job-record.js';
import type { RetryPolicy } from './job-kind.js';

/** How an attempt ended. `later` and `returned` do not count as attempts. */
export type Outcome =
  | { readonly how: 'succeeded'; readonly result: unknown }
  | { readonly how: 'failed' | 'faulty'; readonly code: string; readonly message: string }
  | { readonly how: 'later'; readonly afterMs: number; readonly message: string }
  | { readonly how: 'returned' };

/** What becomes of a job, as `finish-jobs.lua` takes it. */
export interface Settlement {
  readonly what: 'end' | 'dead' | 'retry' | 'return';
  /** Epoch milliseconds: when the outcome is forgotten, or the next attempt begins. */
  readonly at: number;
  readonly state?: JobState;
}

export interface SettleOptions {
  readonly now: number;
  readonly retry: RetryPolicy;
  readonly resultTtlMs: number;
  readonly keepDeadMs: number;
  /** 0–1. */
  readonly chance: number;
}

export const defaultRetry: RetryPolicy = {
  attempts: 4,
  backoff: 'exponential',
  firstMs: 1_000,
  longestMs: 60_000,
  jitter: 0.5,
};
/** A job that is always told to wait is dead after a week. */
const longestLifeMs = 604_800_000;

/** Milliseconds before attempt `attempt` + 1. */
export function retryPauseMs(
  { backoff, firstMs, longestMs, jitter }: RetryPolicy,
  attempt: number,
  chance: number,
): number {
  const full = backoff === 'fixed' ? firstMs : Math.min(firstMs * 2 ** Math.min(attempt - 1, 30), longestMs);
  return Math.round(full * (1 - jitter * chance));
}

/** Decides what becomes of a job after an attempt. */
export function settle(spec: JobSpec, state: JobState, outcome: Outcome, options: SettleOptions): Settlement {
  const { now, retry } = options;
  if (outcome.how === 'returned') return { what: 'return', at: 0 };
  if (outcome.how === 'later') {
    const tooOld = now - spec.createdAt > longestLifeMs;
    if (tooOld) return bury(state, { code: 'told_to_wait', message: outcome.message }, options);
    return again(spec, state, now + Math.max(0, outcome.afterMs), options);
  }
  const attempts = state.attempts + 1;
  if (outcome.how === 'succeeded') return succeed(spec, { ...state, attempts }, outcome.result, options);
  const { code, message } = outcome;
  const failed = { ...state, attempts, history: noted(state, { attempt: attempts, at: now, code, message }) };
  if (outcome.how === 'failed') return fail(spec, failed, { code, message }, options);
  if (attempts >= retry.attempts) return bury(failed, { code, message }, options);
  return again(spec, failed, now + retryPauseMs(retry, attempts, options.chance), options);
}

/** Ends a job as failed, by whoever may. */
export function fail(
  spec: JobSpec,
  state: JobState,
  { code, message }: { readonly code: string; readonly message: string },
  options: SettleOptions,
): Settlement {
  return end(spec, { ...state, status: 'failed', error: { code, message } }, options);
}

export function deadlineOf(spec: JobSpec, state: JobState): number {
  return state.revived ? Infinity : (spec.endBy ?? Infinity);
}

const tooLate = { code: 'deadline_exceeded', message: 'The job did not end by its deadline' };

function again(spec: JobSpec, state: JobState, at: number, options: SettleOptions): Settlement {
  if (at >= deadlineOf(spec, state)) return fail(spec, state, tooLate, options);
  return { what: 'retry', at, state };
}

function succeed(spec: JobSpec, state: JobState, result: unknown, options: SettleOptions): Settlement {
  const json = JSON.stringify(result);
  if (json !== undefined && json.length * 3 > maxResultBytes && Buffer.byteLength(json) > maxResultBytes) {
    const error = { code: 'result_too_large', message: `The result is larger than ${maxResultBytes} bytes` };
    return fail(spec, state, error, options);
  }
  return end(spec, { ...state, status: 'succeeded', result: result ?? null }, options);
}

function end(spec: JobSpec, state: JobState, { now, resultTtlMs }: SettleOptions): Settlement {
  return { what: 'end', at: now + resultTtlMs, state: { ...state, endedAt: now, asked: summaryOf(spec) } };
}

function bury(
  state: JobState,
  error: { code: string; message: string },
  { now, keepDeadMs }: SettleOptions,
): Settlement {
  return { what: 'dead', at: now + keepDeadMs, state: { ...state, status: 'dead', error, endedAt: now } };
}

function noted(state: JobState, note: KeptNote): KeptNote[] {
  return [...(state.history ?? []), { ...note, message: note.message.slice(0, 1_000) }].slice(-mostNotes);
}
