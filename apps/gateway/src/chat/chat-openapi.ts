import type { ApiBodyOptions, ApiResponseOptions } from '@nestjs/swagger';
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
