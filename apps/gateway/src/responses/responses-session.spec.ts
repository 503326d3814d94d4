import { describe, expect, it } from '@jest/globals';
import { historyItems, messageOfItem } from './item-messages.js';
import { readResponsesBody } from './responses-body.js';
import { responsesSession } from './responses-session.js';

const body = (more: object) => readResponsesBody({ model: 'm', input: 'hi', ...more });
const entries = (more: object) => responsesSession.entriesOf(body(more));
const answer = (...output: object[]) => JSON.stringify({ id: 'r', object: 'response', status: 'completed', output });
const text = (value: string) => ({ type: 'output_text', text: value, annotations: [] });
const call = { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'f', arguments: '{"a":1}' };
const calls = [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }];

describe('what a session keeps of responses', () => {
  it.each([
    [
      { role: 'user', content: 'hi' },
      { role: 'user', content: 'hi' },
    ],
    [
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_text', text: 'look' },
          { type: 'input_image', image_url: 'data:,', detail: 'low' },
          { type: 'input_file', file_id: 'file_1' },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image_url', image_url: { url: 'data:,', detail: 'low' } },
          { type: 'file', file: { file_id: 'file_1' } },
        ],
      },
    ],
    [call, { role: 'assistant', content: null, tool_calls: calls }],
    [
      { type: 'function_call_output', call_id: 'c1', output: '12' },
      { role: 'tool', tool_call_id: 'c1', content: '12' },
    ],
  ])('is the message that says what the item says, and comes back as such an item (%#)', (item, message) => {
    expect(messageOfItem(item as never)).toEqual(message);
    const [again] = historyItems(message as never);
    expect(messageOfItem(again!)).toEqual(message);
  });

  it('is a message for a text, and goes upstream as it came', () => {
    expect(entries({})).toEqual([{ message: { role: 'user', content: 'hi' }, wire: { role: 'user', content: 'hi' } }]);
    const item = { role: 'user', content: [{ type: 'input_text', text: 'hi' }], x_new: 1 };
    const sent = responsesSession.withHistory(
      body({}),
      [{ role: 'user', content: 'before' }],
      entries({ input: [item] }),
    );
    expect(sent['input']).toEqual([{ type: 'message', role: 'user', content: 'before' }, item]);
  });

  it('of an answer is its text and its calls, without what upstream did itself', () => {
    const reasoning = { type: 'reasoning', id: 'rs', summary: [] };
    const search = { type: 'web_search_call', id: 'ws', status: 'completed' };
    const message = { type: 'message', id: 'm', role: 'assistant', content: [text('yes')] };
    expect(responsesSession.saidIn(answer(reasoning, search, message, call))).toEqual([
      { role: 'assistant', content: 'yes', tool_calls: calls },
    ]);
    expect(responsesSession.saidIn(answer(call))).toEqual([{ role: 'assistant', content: null, tool_calls: calls }]);
    const refusal = { ...message, content: [{ type: 'refusal', refusal: 'no' }] };
    expect(responsesSession.saidIn(answer(refusal))).toEqual([
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] },
    ]);
  });

  it.each(['{oops', answer(), answer({ type: 'message', id: 'm', role: 'assistant', content: [text(' ')] })])(
    'of an answer that says nothing is nothing: %s',
    (said) => {
      expect(responsesSession.saidIn(said)).toEqual([]);
    },
  );

  it.each([
    [{ previous_response_id: 'resp_1' }, 'previous_response_id'],
    [{ conversation: 'conv_1' }, 'conversation'],
    [{ background: true }, 'background'],
    [
      {
        tools: [
          { type: 'function', name: 'f' },
          { type: 'custom', name: 'c' },
        ],
      },
      'tools.1',
    ],
    [
      {
        input: [
          { role: 'user', content: 'a' },
          { type: 'item_reference', id: 'm' },
        ],
      },
      'input.1',
    ],
    [{ input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] }, 'input.0'],
  ])('cannot be %j', (more, param) => {
    expect(() => entries(more)).toThrow(expect.objectContaining({ details: { param } }));
  });

  it('may be said beside what only upstream knows how to keep: null, false, hosted tools', () => {
    expect(entries({ previous_response_id: null, background: false, tools: [{ type: 'web_search' }] })).toHaveLength(1);
  });
});
