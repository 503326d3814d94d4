import type { ApiBodyOptions, ApiHeaderOptions, ApiResponseOptions } from '@nestjs/swagger';
import { maxInputs } from './embeddings-body.js';

const text = { type: 'string', minLength: 1 };
const tokens = { type: 'array', minItems: 1, items: { type: 'integer', minimum: 0 } };

/** What Swagger shows of `POST /v1/embeddings`: OpenAI's own members, and Larder's headers. */
export const embeddingsBodySchema: NonNullable<Extract<ApiBodyOptions, { schema: unknown }>['schema']> = {
  type: 'object',
  required: ['model', 'input'],
  additionalProperties: true,
  properties: {
    model: { type: 'string', example: 'larder-demo' },
    input: {
      oneOf: [
        text,
        tokens,
        { type: 'array', minItems: 1, maxItems: maxInputs, items: text },
        { type: 'array', minItems: 1, maxItems: maxInputs, items: tokens },
      ],
      example: ['What is Redis?', 'What is a cache?'],
    },
    encoding_format: { type: 'string', enum: ['float', 'base64'], default: 'float' },
    dimensions: { type: 'integer', minimum: 1 },
    user: { type: 'string' },
    cache: { type: 'object', description: 'Cache options as LiteLLM takes them; not forwarded.' },
  },
};

export const embeddingsHeaderOptions: ApiHeaderOptions[] = [
  { name: 'Cache-Control', description: 'no-cache, no-store, max-age=N, only-if-cached', required: false },
  { name: 'x-larder-cache-id', description: 'Keeps vectors apart; `default` when absent.', required: false },
  { name: 'x-larder-cache-ttl', description: 'Time to live of the kept vectors, in seconds.', required: false },
  { name: 'x-larder-cache-mode', description: '`off` neither reads nor writes; any other mode does.', required: false },
];

export const embeddingsResponses: Record<'ok' | 'notCached', ApiResponseOptions> = {
  ok: {
    status: 200,
    description: "OpenAI's list of embeddings; `usage` is what upstream reported for the texts that were not kept.",
    headers: {
      'Cache-Status': { schema: { type: 'string', example: 'larder; hit; ttl=604000; detail=exact' } },
      Age: { schema: { type: 'integer' }, description: 'Seconds since the oldest kept vector was stored.' },
      'x-larder-cache': {
        schema: { type: 'string', enum: ['hit-exact', 'partial', 'miss', 'coalesced', 'bypass'] },
      },
      'x-larder-cache-hits': { schema: { type: 'string', example: '3/5' }, description: 'Found, of different texts.' },
      'x-larder-degraded': { schema: { type: 'string', example: 'cache' } },
    },
  },
  notCached: { status: 504, description: '`Cache-Control: only-if-cached`, and a text is not in the cache.' },
};
