import type { ApiBodyOptions, ApiHeaderOptions, ApiResponseOptions } from '@nestjs/swagger';
import { answerHeaders } from '../completion/answer-openapi.js';

/** What Swagger shows of `POST /v1/chat/completions`: OpenAI's own members, and Larder's. */
export const chatBodySchema: NonNullable<Extract<ApiBodyOptions, { schema: unknown }>['schema']> = {
  type: 'object',
  required: ['model', 'messages'],
  additionalProperties: true,
  properties: {
    model: { type: 'string', example: 'larder-demo' },
    messages: {
      type: 'array',
      minItems: 1,
      items: { type: 'object', additionalProperties: true },
      example: [{ role: 'user', content: 'What is Redis?' }],
    },
    stream: { type: 'boolean', default: false },
    cache: {
      type: 'object',
      description: 'Cache options as LiteLLM takes them; not forwarded.',
      properties: {
        ttl: { type: 'integer', description: 'Seconds.' },
        'no-cache': { type: 'boolean' },
        'no-store': { type: 'boolean' },
        namespace: { type: 'string' },
      },
    },
  },
};

export const chatResponse: ApiResponseOptions = {
  status: 200,
  description: 'chat.completion object, or an event stream of chat.completion.chunk objects.',
  headers: answerHeaders,
};

export const preferHeader: ApiHeaderOptions = {
  name: 'Prefer',
  required: false,
  description:
    '`respond-async` (RFC 7240): answered by a job in the background. Needs the role `jobs`; not for streams.',
};

export const acceptedResponse: ApiResponseOptions = {
  status: 202,
  description: '`Prefer: respond-async`: a job is made, and its result will hold the completion.',
  headers: {
    Location: { schema: { type: 'string', example: '/v1/jobs/0197a1b2c3d47e5f8a9b0c1d2e3f4a5b' } },
    'Preference-Applied': { schema: { type: 'string', example: 'respond-async' } },
  },
  schema: {
    type: 'object',
    properties: {
      id: { type: 'string', example: '0197a1b2c3d47e5f8a9b0c1d2e3f4a5b' },
      status: { type: 'string', example: 'waiting' },
      repeated: { type: 'boolean', description: 'An earlier request with the same Idempotency-Key has made it.' },
    },
  },
};
