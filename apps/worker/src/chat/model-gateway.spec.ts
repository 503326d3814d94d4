import { describe, expect, it } from '@jest/globals';
import { PermanentFailure, RetryAfter } from '../job/job-kind.js';
import { assertAnswered } from './model-gateway.client.js';

const reply = (status: number, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: JSON.stringify({ error: { message: `said ${status}`, code: 'told' } }),
});
const thrown = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

describe("the gateway's answer to a job", () => {
  it('is taken when it is one', () => {
    expect(assertAnswered({ status: 200, headers: {}, body: '{}' })).toMatchObject({ status: 200 });
  });

  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after-ms': '120', 'retry-after': '1' }, 120],
    [{ 'retry-after': '86400' }, 900_000],
    [{}, 10_000],
  ])('that is a limit makes the job wait without burning an attempt: %j', (headers, afterMs) => {
    const error = thrown(() => assertAnswered(reply(429, headers)));
    expect(error).toBeInstanceOf(RetryAfter);
    expect(error).toMatchObject({ afterMs, message: 'said 429' });
  });

  it.each([400, 401, 403, 404, 422])('that no repetition can heal ends the job: %d', (status) => {
    const error = thrown(() => assertAnswered(reply(status)));
    expect(error).toBeInstanceOf(PermanentFailure);
    expect(error).toMatchObject({ code: 'told', message: `said ${status}` });
  });

  it.each([408, 409, 500, 502, 503, 504])('that may pass is tried again: %d', (status) => {
    const error = thrown(() => assertAnswered(reply(status)));
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(PermanentFailure);
    expect(error).not.toBeInstanceOf(RetryAfter);
  });

  it('without an error that can be read is an error all the same', () => {
    expect(thrown(() => assertAnswered({ status: 502, headers: {}, body: '<html>' }))).toMatchObject({
      message: 'The gateway answered 502.',
    });
  });
});
