import { expect } from '@jest/globals';
import type { Reply } from './http.js';

interface OpenAiError {
  readonly error: { message: string; type: string; param: string | null; code: string | null };
}

/** Checks OpenAI's error shape, every member present, absent ones real nulls; returns it. */
export function expectOpenAiError(reply: Reply, status: number): OpenAiError['error'] {
  expect({ status: reply.status, text: reply.text.slice(0, 300) }).toMatchObject({ status });
  expect(reply.headers['content-type']).toMatch(/^application\/json/);
  expect(reply.headers['x-request-id']).toMatch(/^[A-Za-z0-9_.-]{1,128}$/);
  const { error } = reply.json<OpenAiError>();
  const stringOrNull = (value: unknown) => value === null || typeof value === 'string';
  expect(Object.keys(error)).toEqual(expect.arrayContaining(['message', 'type', 'param', 'code']));
  expect(typeof error.message).toBe('string');
  expect(error.message).not.toBe('');
  expect(typeof error.type).toBe('string');
  expect([error.param, error.code].every(stringOrNull)).toBe(true);
  return error;
}

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly faults?: string[];
}

/** Checks the RFC 9457 shape of a native path's error; returns it. */
export function expectProblem(reply: Reply, status: number): Problem {
  expect({ status: reply.status, text: reply.text.slice(0, 300) }).toMatchObject({ status });
  expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(reply.headers['x-request-id']).toMatch(/^[A-Za-z0-9_.-]{1,128}$/);
  const problem = reply.json<Problem>();
  expect(problem).toMatchObject({ status, title: expect.any(String), type: expect.any(String) });
  return problem;
}
