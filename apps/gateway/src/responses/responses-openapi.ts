import type { ApiBodyOptions, ApiResponseOptions } from '@nestjs/swagger';
import { answerHeaders } from '../completion/answer-openapi.js';

/** What Swagger shows of `POST /v1/responses`: OpenAI's own members, and Larder's. */
export const responsesBodySchema: NonNullable<Extract<ApiBodyOptions, { schema: unknown }>['schema']> = {
  type: 'object',
  required: ['model'],
  additionalProperties: true,
  properties: {
    model: { type: 'string', example: 'larder-demo' },
    input: {
      oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'object', additionalProperties: true } }],
      example: 'What is Redis?',
    },
    instructions: { type: 'string' },
    stream: { type: 'boolean', default: false },
    previous_response_id: { type: 'string', description: 'Such a request bypasses the cache.' },
    cache: {
      type: 'object',
      description: 'Cache options as LiteLLM takes them; not forwarded.',
      properties: {
        ttl: { type: 'integer', description: 'Seconds.' },
        'no-cache': { type: 'boolean' },
        'no-store': { type: 'boolean' },
        namespace: { type: 'string' },
        'hosted-tools': { type: 'boolean', description: 'Keep answers for which upstream looked something up.' },
      },
    },
  },
};

export const responsesResponse: ApiResponseOptions = {
  status: 200,
  description: 'response object, or an event stream of response events.',
  headers: answerHeaders,
};
