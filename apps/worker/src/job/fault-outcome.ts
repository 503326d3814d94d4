import { ServiceError, type ErrorCode } from '#contracts';
import { defaultWaitMs, longestWaitMs, PermanentFailure, RetryAfter } from './job-kind.js';
import type { Outcome } from './settle.js';

/** What a fault means: refused for good, to be tried again, or told to wait. */
export type FaultOutcome = Extract<Outcome, { how: 'failed' | 'faulty' | 'later' }>;

/** Faults that the same request would meet again. */
const permanent: ReadonlySet<ErrorCode> = new Set(['invalid_request', 'forbidden', 'not_found', 'payload_too_large']);

/** Another service says how long, where it knows. Milliseconds. */
function waitMs({ details }: ServiceError): number {
  const told = Number(details.extension?.['retryAfterMs']);
  return told > 0 ? Math.min(told, longestWaitMs) : defaultWaitMs;
}

/** Messages of faults that are not for the outside say only that something failed. */
export function outcomeOf(fault: unknown): FaultOutcome {
  if (fault instanceof RetryAfter) return { how: 'later', afterMs: fault.afterMs, message: fault.message };
  if (fault instanceof PermanentFailure) return { how: 'failed', code: fault.code, message: fault.message };
  if (fault instanceof ServiceError) {
    if (fault.code === 'rate_limited') return { how: 'later', afterMs: waitMs(fault), message: fault.message };
    return { how: permanent.has(fault.code) ? 'failed' : 'faulty', code: fault.code, message: fault.message };
  }
  return { how: 'faulty', code: 'handler_failed', message: 'The handler failed' };
}
