import { describe, expect, it } from '@jest/globals';
import { responseEvents } from './response-replay.js';
import type { ModelResponse, OutputItem, ResponseEvent } from './response-wire.js';

const long = 'Ein längerer Text 👩‍👩‍👧 in vielen Worten. '.repeat(40);
const message = (...content: object[]): OutputItem => ({
  id: 'msg_1',
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content,
});
const text = (value: string, more: object = {}) => ({
  type: 'output_text',
  text: value,
  annotations: [],
  logprobs: [],
  ...more,
});
const responseOf = (...output: OutputItem[]): ModelResponse => ({
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  completed_at: 7,
  incomplete_details: null,
  error: null,
  output,
  usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
});
const replay = (...output: OutputItem[]): ResponseEvent[] => [...responseEvents(responseOf(...output))];
const shape = (events: ResponseEvent[]) =>
  events.map(({ type }) => type.replace('response.', '')).filter((type, at, all) => type !== all[at - 1]);
const spelled = (events: ResponseEvent[], type: string) =>
  events.filter((event) => event.type === `${type}.delta`).map((event) => event['delta']);

describe('the replay of a response', () => {
  it('numbers its events, begins with nothing said and ends with the whole', () => {
    const events = replay(message(text('Hi')));
    expect(events.map((event) => event.sequence_number)).toEqual([...events.keys()]);
    expect(events[0]).toMatchObject({
      type: 'response.created',
      response: { id: 'resp_1', status: 'in_progress', output: [], usage: null, completed_at: null },
    });
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: responseOf(message(text('Hi'))),
    });
  });

  it('of a text has the order of the original', () => {
    const annotation = { type: 'url_citation', url: 'https://example.com' };
    const events = replay(message(text(long, { annotations: [annotation] })));
    expect(shape(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.annotation.added',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ]);
    expect(events[2]).toMatchObject({ output_index: 0, item: { id: 'msg_1', status: 'in_progress', content: [] } });
    expect(events[3]).toMatchObject({ item_id: 'msg_1', content_index: 0, part: text('') });
    const pieces = spelled(events, 'response.output_text');
    expect(pieces.join('')).toBe(long);
    expect(pieces.length).toBeGreaterThan(20);
  });

  it('gives log probabilities beside the tokens that they belong to', () => {
    const logprobs = ['Hel', 'lo'].map((token) => ({ token, logprob: -1 }));
    const events = replay(message(text('Hello', { logprobs })));
    expect(events.filter(({ type }) => type === 'response.output_text.delta')).toMatchObject([
      { delta: 'Hel', logprobs: [logprobs[0]] },
      { delta: 'lo', logprobs: [logprobs[1]] },
    ]);
    expect(events.find(({ type }) => type === 'response.output_text.done')).toMatchObject({ text: 'Hello', logprobs });
  });

  it('keeps reasoning, calls and refusals, each with its place', () => {
    const events = replay(
      {
        id: 'rs_1',
        type: 'reasoning',
        summary: [{ type: 'summary_text', text: 'first' }],
        content: [{ type: 'reasoning_text', text: 'raw' }],
        encrypted_content: 'x',
      },
      { id: 'fc_1', type: 'function_call', call_id: 'c', name: 'f', arguments: '{"a": 1}', status: 'completed' },
      { id: 'ct_1', type: 'custom_tool_call', call_id: 'd', name: 'g', input: 'free text' },
      message({ type: 'refusal', refusal: 'I would rather not' }),
    );
    expect(spelled(events, 'response.reasoning_summary_text').join('')).toBe('first');
    expect(spelled(events, 'response.reasoning_text').join('')).toBe('raw');
    expect(spelled(events, 'response.function_call_arguments').join('')).toBe('{"a": 1}');
    expect(spelled(events, 'response.custom_tool_call_input').join('')).toBe('free text');
    expect(spelled(events, 'response.refusal').join('')).toBe('I would rather not');
    const done = events.filter(({ type }) => type === 'response.output_item.done');
    expect(done.map((event) => event['output_index'])).toEqual([0, 1, 2, 3]);
    const added = events.filter(({ type }) => type === 'response.output_item.added').map((event) => event['item']);
    expect(added).toMatchObject([{ summary: [], content: [] }, { arguments: '' }, { input: '' }, { content: [] }]);
  });

  it('tells of an item that it does not know as a whole', () => {
    const item = { id: 'ws_1', type: 'web_search_call', status: 'completed', action: { type: 'search' } };
    expect(shape(replay(item))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'output_item.done',
      'completed',
    ]);
  });

  it.each(['incomplete', 'failed'])('ends as it ended: %s', (status) => {
    const events = [...responseEvents({ ...responseOf(), status })];
    expect(events.at(-1)!.type).toBe(`response.${status}`);
  });
});
