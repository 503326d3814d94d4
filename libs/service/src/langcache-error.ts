import { ServiceError, type ErrorCode } from '#contracts';
import { toProblem, type Problem } from './error-shape.js';

/**
 * The error types that LangCache's official clients know, by code. Their lists are closed: any other type makes them report that
 * the answer could not be understood, instead of the error.
 * Source: @redis-ai/langcache 0.11, models/*erroruri.ts
 */
const typesByCode: Readonly<Partial<Record<ErrorCode, string>>> = {
  invalid_request: '/errors/invalid-data',
  unauthenticated: '/errors/authentication-failed',
  forbidden: '/errors/insufficient-permissions',
  not_found: '/errors/cache/entry/not-found',
  payload_too_large: '/errors/payload-too-large',
  failed_dependency: '/errors/database/resource-database-unavailable',
  rate_limited: '/errors/too-many-requests',
  internal: '/errors/unexpected-error',
};

/** Finer ones for what is behind the cache, by `reason`. */
const typesByReason: Readonly<Record<string, string>> = {
  database_out_of_memory: '/errors/database/out-of-memory',
  embeddings_unauthorized: '/errors/embeddings/unauthorized',
  embeddings_too_many_requests: '/errors/embeddings/too-many-requests',
  // LangCache has no type for an embedder that does not answer: without vectors there is nothing to search in.
  embeddings_unavailable: '/errors/cache/index-not-found',
  index_not_found: '/errors/cache/index-not-found',
};

/** What is behind the cache and does not answer is 424 there, where other paths say 503 or 504. */
const dependencies: readonly ErrorCode[] = ['unavailable', 'deadline_exceeded'];

/** The native problem, with LangCache's status and type. */
export function toLangCacheError(error: ServiceError, requestId: string): Problem {
  const known = dependencies.includes(error.code)
    ? new ServiceError('failed_dependency', error.message, error.details)
    : error;
  const problem = toProblem(known, requestId);
  const type = typesByReason[known.details.reason ?? ''] ?? typesByCode[known.code];
  return { ...problem, type: type ?? problem.type };
}

/** LangCache's clients ask for `application/json` and nothing else, and read errors only when they get it. */
export function wantsPlainJson(accept: string | undefined): boolean {
  return (
    accept !== undefined && /application\/json/i.test(accept) && !/application\/problem\+json|\*\/\*/i.test(accept)
  );
}
