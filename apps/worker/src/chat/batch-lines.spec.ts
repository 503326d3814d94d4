import { describe, expect, it } from '@jest/globals';
import { batchLines } from './batch-lines.js';

const request = (customId: string) => ({
  custom_id: customId,
  method: 'POST',
  url: '/v1/chat/completions',
  body: { model: 'm', messages: [] },
});

describe('a batch in the form of OpenAI', () => {
  it('is a request a line, whatever ends the lines', () => {
    const input = `${JSON.stringify(request('a'))}\r\n\n${JSON.stringify(request('b'))}\n`;
    expect(batchLines(input).map(({ customId }) => customId)).toEqual(['a', 'b']);
    expect(batchLines(input)[0]).toEqual({ customId: 'a', body: request('a').body });
  });

  it.each([
    ['no JSON', '{"custom_id": "a"', null],
    ['no object', '[1]', null],
    ['another method', JSON.stringify({ ...request('a'), method: 'GET' }), 'a'],
    ['another API', JSON.stringify({ ...request('a'), url: '/v1/embeddings' }), 'a'],
    ['no body', JSON.stringify({ custom_id: 'a' }), 'a'],
    ['no custom_id', JSON.stringify({ ...request('a'), custom_id: 7 }), null],
    ['a body that is a list', JSON.stringify({ ...request('a'), body: [] }), 'a'],
  ])('keeps a line with a fault as a line with a fault: %s', (_, line, customId) => {
    expect(batchLines(`${line}\n${JSON.stringify(request('b'))}`)).toEqual([
      { customId, fault: expect.any(String) },
      { customId: 'b', body: request('b').body },
    ]);
  });

  it('has one answer for one custom_id', () => {
    const line = JSON.stringify(request('a'));
    expect(batchLines(`${line}\n${line}`)).toEqual([
      { customId: 'a', body: request('a').body },
      { customId: 'a', fault: expect.stringContaining('custom_id') },
    ]);
  });
});
