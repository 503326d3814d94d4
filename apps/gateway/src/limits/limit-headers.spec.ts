import { describe, expect, it } from '@jest/globals';
import type { LimitState } from '#contracts';
import { limitHeaders, openAiDuration } from './limit-headers.js';

const burst: LimitState = {
  policy: 'p',
  name: 'burst',
  unit: 'requests',
  algorithm: 'token-bucket',
  limit: 100,
  windowSeconds: 60,
  remaining: 50,
  resetMs: 29_001,
  retryAfterMs: 0,
};
const daily: LimitState = {
  ...burst,
  name: 'daily',
  unit: 'tokens',
  algorithm: 'calendar-window',
  limit: 100_000,
  windowSeconds: 86_400,
  remaining: 99_000,
  resetMs: 360_000,
};

describe('limit headers', () => {
  it("tell of every limit in the draft's structured fields, with the units of Larder's own by its name", () => {
    const money: LimitState = { ...daily, name: 'money', unit: 'microUsd', limit: 25_000_000, remaining: 0 };
    expect(limitHeaders([burst, daily, money])).toMatchObject({
      'ratelimit-policy':
        '"burst";q=100;w=60, "daily";q=100000;w=86400;larder-unit="tokens", "money";q=25000000;w=86400;larder-unit="microUsd"',
      ratelimit: '"burst";r=50;t=30, "daily";r=99000;t=360, "money";r=0;t=360',
    });
  });

  it('tell of requests and tokens as OpenAI does', () => {
    expect(limitHeaders([burst, daily])).toMatchObject({
      'x-ratelimit-limit-requests': '100',
      'x-ratelimit-remaining-requests': '50',
      'x-ratelimit-reset-requests': '29.001s',
      'x-ratelimit-limit-tokens': '100000',
      'x-ratelimit-remaining-tokens': '99000',
      'x-ratelimit-reset-tokens': '6m0s',
    });
  });

  it("tell OpenAI's clients of the limit of which least is left", () => {
    const hourly = { ...burst, name: 'hourly', limit: 1_000, remaining: 3, resetMs: 5 };
    const headers = limitHeaders([burst, hourly]);
    expect([headers['x-ratelimit-limit-requests'], headers['x-ratelimit-reset-requests']]).toEqual(['1000', '5ms']);
    expect(headers).not.toHaveProperty('x-ratelimit-limit-tokens');
  });

  it('tell of places by the unit that the draft has for them, and of no window', () => {
    const places: LimitState = { ...burst, name: 'places', algorithm: 'concurrency', limit: 4, remaining: 1 };
    expect(limitHeaders([places])).toEqual({
      'ratelimit-policy': '"places";q=4;qu="concurrent-requests"',
      ratelimit: '"places";r=1',
    });
  });

  it('are silent of shadow limits, and without limits', () => {
    expect(limitHeaders([{ ...burst, shadow: true }])).toEqual({});
    expect(limitHeaders([])).toEqual({});
  });

  it('never write an integer that structured fields cannot hold', () => {
    const vast = { ...burst, limit: 1_000_000_000_000_000, remaining: 1_000_000_000_000_000 };
    expect(limitHeaders([vast])['ratelimit']).toBe('"burst";r=999999999999999;t=30');
  });

  it.each([
    [0, '0s'],
    [0.4, '1ms'],
    [12, '12ms'],
    [999.2, '1s'],
    [1_000, '1s'],
    [7_660, '7.66s'],
    [360_000, '6m0s'],
    [61_500, '1m1.5s'],
    [86_400_000, '24h0m0s'],
  ])('write %d ms as %s', (ms, text) => {
    expect(openAiDuration(ms)).toBe(text);
  });
});
