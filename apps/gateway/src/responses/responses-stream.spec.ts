import { describe, expect, it } from '@jest/globals';
import { ResponsesStream } from './responses-stream.js';

const event = (value: object) => {
  const data = JSON.stringify(value);
  return { data, event: String((value as { type?: string }).type) };
};
const message = { id: 'm', type: 'message', content: [{ type: 'output_text', text: 'Hi' }] };
const response = { id: 'r', object: 'response', status: 'completed', output: [message] };

describe('a live stream of response events', () => {
  it('hands events on under their names, and the last one ends it with the whole response', () => {
    const stream = new ResponsesStream();
    const created = event({ type: 'response.created', sequence_number: 0, response });
    expect(stream.take(created)).toEqual({ frame: `event: response.created\ndata: ${created.data}\n\n` });
    expect(stream.whole()).toBeUndefined();
    expect(stream.take(event({ type: 'response.completed', response })).ends).toBe('last');
    expect(JSON.parse(stream.whole()!)).toEqual(response);
  });

  it('names events that upstream left without a name', () => {
    const { frame } = new ResponsesStream().take({ data: '{"type":"response.queued"}' });
    expect(frame).toBe('event: response.queued\ndata: {"type":"response.queued"}\n\n');
  });

  it('gathers the output where the last event leaves it out', () => {
    const stream = new ResponsesStream();
    const second = { ...message, id: 'n' };
    stream.take(event({ type: 'response.output_item.done', output_index: 1, item: second }));
    stream.take(event({ type: 'response.output_item.done', output_index: 0, item: message }));
    stream.take(event({ type: 'response.completed', response: { ...response, output: [] } }));
    expect(JSON.parse(stream.whole()!)).toMatchObject({ output: [{ id: 'm' }, { id: 'n' }] });
  });

  it.each([
    ['an error event', { type: 'error', message: 'Too much.' }],
    ['an error event as it is sent', { type: 'error', error: { message: 'Too much.' } }],
    ['a failed response', { type: 'response.failed', response: { error: { message: 'Too much.' } } }],
    ['an error without a type', { error: { message: 'Too much.' } }],
  ])('fails by %s', (_name, value) => {
    const stream = new ResponsesStream();
    expect(stream.take({ data: JSON.stringify(value) })).toMatchObject({ ends: 'failed', message: 'Too much.' });
    expect(stream.whole()).toBeUndefined();
  });

  it('says that it broke off in the form of its events, numbered on', () => {
    const stream = new ResponsesStream();
    stream.take(event({ type: 'response.created', sequence_number: 4, response }));
    const [, data] = /^event: error\ndata: (.+)\n\n$/.exec(stream.brokenOff())!;
    expect(JSON.parse(data!)).toMatchObject({
      type: 'error',
      sequence_number: 5,
      code: 'upstream_failed',
      error: { code: 'upstream_failed', param: null },
    });
  });
});
