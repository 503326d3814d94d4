import { describe, expect, it } from '@jest/globals';
import type { JobSpec } from './job-record.js';
import { defaultRetry, retryPauseMs, settle, type Outcome } from './settle.js';

const spec: JobSpec = {
  id: 'a'.repeat(32),
  tenant: 'acme',
  kind: 'any',
  queue: 'default',
  priority: 'normal',
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  createdAt: 1_000,
  payload: { secret: 'prompt' },
};
const options = { now: 10_000, retry: defaultRetry, resultTtlMs: 5_000, keepDeadMs: 50_000, chance: 0 };
const faulty: Outcome = { how: 'faulty', code: 'boom', message: 'It broke' };

describe('the pause before a repeated attempt', () => {
  it('is doubled up to the longest, or stays', () => {
    expect([1, 2, 3, 20].map((attempt) => retryPauseMs(defaultRetry, attempt, 0))).toEqual([
      1_000, 2_000, 4_000, 60_000,
    ]);
    expect(retryPauseMs({ ...defaultRetry, backoff: 'fixed' }, 9, 0)).toBe(1_000);
  });

  it('is left to chance by the jitter', () => {
    expect(retryPauseMs(defaultRetry, 1, 1)).toBe(500);
    expect(retryPauseMs({ ...defaultRetry, jitter: 0 }, 1, 1)).toBe(1_000);
  });
});

describe('what becomes of a job', () => {
  it('that succeeded: its result, without what was asked', () => {
    const { what, at, state } = settle(spec, { attempts: 0 }, { how: 'succeeded', result: 7 }, options);
    expect({ what, at }).toEqual({ what: 'end', at: 15_000 });
    expect(state).toMatchObject({ status: 'succeeded', result: 7, attempts: 1, endedAt: 10_000 });
    expect(JSON.stringify(state)).not.toContain('prompt');
  });

  it('that failed an attempt: another, with a note', () => {
    const { what, at, state } = settle(spec, { attempts: 0 }, faulty, options);
    expect({ what, at }).toEqual({ what: 'retry', at: 11_000 });
    expect(state?.history).toEqual([{ attempt: 1, at: 10_000, code: 'boom', message: 'It broke' }]);
  });

  it('that failed the last: a dead letter', () => {
    expect(settle(spec, { attempts: 3 }, faulty, options)).toMatchObject({
      what: 'dead',
      at: 60_000,
      state: { attempts: 4 },
    });
  });

  it('of which the next attempt would come too late: it ends', () => {
    const error = { code: 'deadline_exceeded' };
    expect(settle({ ...spec, endBy: 10_500 }, { attempts: 0 }, faulty, options)).toMatchObject({
      what: 'end',
      state: { error },
    });
    const revived = settle({ ...spec, endBy: 10_500 }, { attempts: 0, revived: true }, faulty, options);
    expect(revived.what).toBe('retry');
  });

  it('that is told to wait: later, uncounted; but not for ever', () => {
    const later: Outcome = { how: 'later', afterMs: 700, message: 'limit' };
    expect(settle(spec, { attempts: 2 }, later, options)).toEqual({
      what: 'retry',
      at: 10_700,
      state: { attempts: 2 },
    });
    expect(settle(spec, { attempts: 2 }, later, { ...options, now: 1e12 }).what).toBe('dead');
  });

  it('that was given back: nothing is written of it', () => {
    expect(settle(spec, { attempts: 2 }, { how: 'returned' }, options)).toEqual({ what: 'return', at: 0 });
  });

  it('with a result that is too large: it failed', () => {
    const result = 'é'.repeat(600_000);
    const { state } = settle(spec, { attempts: 0 }, { how: 'succeeded', result }, options);
    expect(state).toMatchObject({ status: 'failed', error: { code: 'result_too_large' } });
  });
});
