import { describe, expect, it } from '@jest/globals';
import type { LimitState, LimitVerdict } from '#contracts';
import { blockedRefusal, limitRefusal } from './limit-refusal.js';

const state: LimitState = {
  policy: 'p',
  name: 'burst',
  unit: 'requests',
  algorithm: 'token-bucket',
  limit: 60,
  windowSeconds: 60,
  remaining: 0,
  resetMs: 60_000,
  retryAfterMs: 1_200,
};
const denied = (more: Partial<LimitState> = {}): LimitVerdict => ({
  allowed: false,
  binding: 'burst',
  limits: [
    { ...state, name: 'other', retryAfterMs: 0 },
    { ...state, ...more },
  ],
});
const errorOf = ({ body }: { body: string }) => (JSON.parse(body) as { error: Record<string, unknown> }).error;

describe('a refusal', () => {
  it('names the binding limit and the time to wait, rounded up', () => {
    const refusal = limitRefusal(denied());
    expect(refusal).toMatchObject({
      status: 429,
      headers: { 'retry-after': '2', 'retry-after-ms': '1200', 'x-larder-limit': 'burst' },
    });
    expect(refusal.headers).not.toHaveProperty('x-should-retry');
    expect(errorOf(refusal)).toEqual({
      message: "The limit 'burst' of policy 'p' is reached: 60 requests in 60 s. Try again in 1.2s.",
      type: 'rate_limit_error',
      param: null,
      code: 'rate_limit_exceeded',
    });
  });

  it('never asks to wait for no time at all', () => {
    expect(limitRefusal(denied({ retryAfterMs: 0.3 })).headers).toMatchObject({
      'retry-after': '1',
      'retry-after-ms': '1',
    });
  });

  it.each<[string, Partial<LimitState>]>([
    ['a day', { algorithm: 'calendar-window', unit: 'tokens' }],
    ['money', { unit: 'microUsd' }],
  ])('of a budget of %s is no burst: waiting is pointless', (_case, more) => {
    const refusal = limitRefusal(denied(more));
    expect(refusal.headers['x-should-retry']).toBe('false');
    expect(errorOf(refusal)).toMatchObject({ code: 'insufficient_quota', type: 'insufficient_quota' });
  });

  it('tells SDKs not to wait longer than they would', () => {
    const refusal = limitRefusal(denied({ retryAfterMs: 60_001 }));
    expect(refusal.headers).toMatchObject({ 'retry-after': '61', 'x-should-retry': 'false' });
    expect(errorOf(refusal)['code']).toBe('rate_limit_exceeded');
  });

  it('for want of a place asks to come again soon, not when the oldest lease lapses', () => {
    const refusal = limitRefusal(denied({ algorithm: 'concurrency', retryAfterMs: 600_000 }));
    expect(refusal.headers).toMatchObject({ 'retry-after': '1', 'retry-after-ms': '1000' });
    expect(refusal.headers).not.toHaveProperty('x-should-retry');
  });

  it('of what can never fit is the fault of the request', () => {
    const refusal = limitRefusal(denied({ retryAfterMs: null }));
    expect(refusal.status).toBe(400);
    expect(refusal.headers).toEqual({ 'x-should-retry': 'false', 'x-larder-limit': 'burst' });
    expect(errorOf(refusal)).toMatchObject({ code: 'limit_never_fits', type: 'invalid_request_error' });
  });

  it('for want of anybody who could count says so', () => {
    const refusal = limitRefusal({ ...denied(), degraded: true }, true);
    expect(refusal).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(errorOf(refusal)['code']).toBe('limits_unavailable');
  });

  it('of a blocked caller has an end, or is a matter for people', () => {
    expect(blockedRefusal(90_000)).toMatchObject({
      status: 429,
      headers: { 'retry-after': '90', 'x-should-retry': 'false' },
    });
    const forGood = blockedRefusal(null);
    expect(forGood).toMatchObject({ status: 403, headers: { 'x-should-retry': 'false' } });
    expect(errorOf(forGood)['code']).toBe('blocked');
  });
});
