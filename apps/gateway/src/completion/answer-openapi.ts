import type { ApiHeaderOptions, ApiResponseOptions } from '@nestjs/swagger';

const optional = (name: string, description: string): ApiHeaderOptions => ({ name, description, required: false });

/** The request headers by which a caller steers the cache, on every API that a model answers on. */
export const controlHeaders: ApiHeaderOptions[] = [
  optional('Cache-Control', 'no-cache, no-store, max-age=N, only-if-cached'),
  optional('x-larder-cache-id', 'Which cache of the tenant; `default` when absent.'),
  optional(
    'x-larder-cache-mode',
    '`exact`, `semantic`, `shadow` (serve nothing, tell what would have been served) or `off`; never looser than the cache.',
  ),
  optional(
    'x-larder-cache-threshold',
    'Least similarity, 0 to 1, of an answer to another question; counts where it is stricter than the cache.',
  ),
  optional('x-larder-cache-ttl', 'Time to live of the stored answer, in seconds.'),
  optional('x-larder-cache-tags', 'Up to 20, parted by commas: the stored answer can be invalidated by each.'),
  optional('x-larder-cache-attributes', '`k=v,k=v`: separate answers.'),
  optional('x-larder-locale', 'Separates answers by locale.'),
  optional('x-larder-safety', 'Separates answers by safety flags.'),
  optional('x-larder-user', 'Who asks; outranks `user` of the body. Answers about a user are kept for that user only.'),
  optional('x-larder-replay-rate', 'Pieces per second in which a stored answer is streamed; all at once when absent.'),
  optional('Idempotency-Key', 'Same key and same body: the same answer.'),
];

/** The response headers that tell what the cache did. */
export const answerHeaders: NonNullable<ApiResponseOptions['headers']> = {
  'Cache-Status': { schema: { type: 'string', example: 'larder; hit; ttl=3540; detail=exact' } },
  Age: { schema: { type: 'integer' }, description: 'Seconds since the answer was stored.' },
  'x-larder-cache': {
    schema: {
      type: 'string',
      enum: ['hit-exact', 'hit-semantic', 'miss', 'bypass', 'stale', 'coalesced', 'shadow'],
    },
  },
  'x-larder-cache-reason': { schema: { type: 'string', example: 'guard-number' }, description: 'Why it was a miss.' },
  'x-larder-cache-class': { schema: { type: 'string', example: 'time-sensitive' } },
  'x-larder-entry': { schema: { type: 'string' } },
  'x-larder-similarity': { schema: { type: 'string', example: '0.9731' }, description: '0 to 1.' },
  'x-larder-cost-usd': { schema: { type: 'string', example: '0.000420' } },
  'x-larder-saved-usd': { schema: { type: 'string', example: '0.000420' } },
  'x-larder-degraded': { schema: { type: 'string', example: 'cache' } },
};

export const notCachedResponse: ApiResponseOptions = {
  status: 504,
  description: '`Cache-Control: only-if-cached`, and the answer is not in the cache.',
};
