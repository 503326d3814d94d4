import { describe, expect, it } from '@jest/globals';
import { ServiceError, isLangCachePath } from '#contracts';
import { toLangCacheError, wantsPlainJson } from './langcache-error.js';

describe('an error on a path of LangCache', () => {
  it.each([
    ['invalid_request', undefined, 400, '/errors/invalid-data'],
    ['unauthenticated', undefined, 401, '/errors/authentication-failed'],
    ['forbidden', undefined, 403, '/errors/insufficient-permissions'],
    ['not_found', undefined, 404, '/errors/cache/entry/not-found'],
    ['payload_too_large', undefined, 413, '/errors/payload-too-large'],
    ['unavailable', undefined, 424, '/errors/database/resource-database-unavailable'],
    ['deadline_exceeded', undefined, 424, '/errors/database/resource-database-unavailable'],
    ['failed_dependency', 'database_out_of_memory', 424, '/errors/database/out-of-memory'],
    ['failed_dependency', 'embeddings_too_many_requests', 424, '/errors/embeddings/too-many-requests'],
    ['failed_dependency', 'index_not_found', 424, '/errors/cache/index-not-found'],
    ['rate_limited', undefined, 429, '/errors/too-many-requests'],
    ['internal', undefined, 500, '/errors/unexpected-error'],
    ['conflict', undefined, 409, '/errors/conflict'],
  ] as const)('%s (%s) is %d %s', (code, reason, status, type) => {
    const error = new ServiceError(code, 'because', reason ? { reason } : {});
    expect(toLangCacheError(error, 'r1')).toMatchObject({
      title: expect.any(String),
      status,
      detail: 'because',
      type,
      requestId: 'r1',
    });
  });

  it.each([
    ['/v1/caches/faq/entries', true],
    ['/v1/caches/faq/entries/search?x=1', true],
    ['/v1/caches/faq/entries/0198f3a17c2e7d3b9a51c0de5f00ba11', true],
    ['/v1/caches/faq/flush', true],
    ['/v1/caches/faq', false],
    ['/v1/caches/faq/stats', false],
    ['/v1/caches/faq/entries/0198f3a17c2e7d3b9a51c0de5f00ba11/feedback', false],
    ['/v1/chat/completions', false],
  ])('%s is one of them: %p', (path, isOne) => {
    expect(isLangCachePath(path)).toBe(isOne);
  });

  it.each([
    ['application/json', true],
    [undefined, false],
    ['*/*', false],
    ['application/json, text/plain, */*', false],
    ['application/problem+json, application/json', false],
  ])('is plain JSON to whoever accepts %s: %p', (accept, isPlain) => {
    expect(wantsPlainJson(accept)).toBe(isPlain);
  });
});
