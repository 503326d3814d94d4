import { describe, expect, it } from '@jest/globals';
import { isCacheableResponse } from './response-cacheability.js';
import { parseResponse, responseUsage, type ModelResponse, type OutputItem } from './response-wire.js';

const message = (text: string, more: object = {}): OutputItem => ({
  type: 'message',
  content: [{ type: 'output_text', text }],
  ...more,
});
const response = (more: object = {}): ModelResponse => ({
  id: 'r',
  object: 'response',
  status: 'completed',
  error: null,
  output: [message('Hi')],
  ...more,
});

describe('a response', () => {
  it.each([
    ['with a text', {}],
    ['that refuses', { output: [{ type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] }] }],
    [
      'that calls',
      {
        output: [
          { type: 'reasoning', summary: [] },
          { type: 'function_call', arguments: '{}' },
        ],
      },
    ],
  ])('%s may be kept', (_name, more) => {
    expect(isCacheableResponse(response(more))).toEqual({ cacheable: true });
  });

  const cut = { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
  it.each([
    ['with an error', { error: { code: 'x' } }, 'error'],
    ['that failed', { status: 'failed' }, 'error'],
    ['in progress', { status: 'in_progress' }, 'unfinished'],
    ['queued', { status: 'queued' }, 'unfinished'],
    ['without a status', { status: undefined }, 'unfinished'],
    ['with an unfinished item', { output: [message('Hi', { status: 'in_progress' })] }, 'unfinished'],
    ['cut off', cut, 'length'],
    ['cut off before it said anything', { ...cut, output: [{ type: 'reasoning' }] }, 'empty'],
    ['filtered', { ...cut, incomplete_details: { reason: 'content_filter' } }, 'content_filter'],
    ['incomplete for some reason', { ...cut, incomplete_details: { reason: 'toString' } }, 'unfinished'],
    ['without output', { output: [] }, 'empty'],
    ['of blanks', { output: [message('  ')] }, 'empty'],
    ['of reasoning alone', { output: [{ type: 'reasoning', summary: [] }] }, 'empty'],
  ])('%s may not', (_name, more, reason) => {
    expect(isCacheableResponse(response(more))).toEqual({ cacheable: false, reason });
  });

  it('tells its use in the names of chat completions', () => {
    const usage = { input_tokens: 5, output_tokens: 2, total_tokens: 7, input_tokens_details: { cached_tokens: 3 } };
    expect(responseUsage(response({ usage }))).toEqual({
      prompt_tokens: 5,
      completion_tokens: 2,
      total_tokens: 7,
      prompt_tokens_details: { cached_tokens: 3 },
    });
    expect(responseUsage(response({ usage: { input_tokens: 'many' } }))).toMatchObject({ prompt_tokens: 0 });
    expect(responseUsage(response())).toBeUndefined();
  });

  it.each(['', 'x', '[]', '{}', '{"id":"r"}', '{"id":"r","output":["x"]}', '{"id":1,"output":[]}'])(
    'is not read from %j',
    (text) => {
      expect(parseResponse(text)).toBeUndefined();
    },
  );
});
