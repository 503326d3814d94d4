import { describe, expect, it } from '@jest/globals';
import { CompletionAccumulator } from './completion-accumulator.js';
import type { ChatCompletion, ChatCompletionChunk } from './openai-wire.js';

const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'm' };
const usage = {
  prompt_tokens: 9,
  completion_tokens: 4,
  total_tokens: 13,
  prompt_tokens_details: { cached_tokens: 5, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 2 },
};

function chunk(delta: unknown, rest: object = {}, top: object = {}): ChatCompletionChunk {
  return { ...head, choices: [{ index: 0, delta, finish_reason: null, ...rest }], ...top } as ChatCompletionChunk;
}

function accumulate(chunks: readonly unknown[]): ChatCompletion {
  const accumulator = new CompletionAccumulator();
  for (const one of chunks) accumulator.add(one as ChatCompletionChunk);
  return accumulator.completion();
}

function messageOf(chunks: readonly unknown[]): unknown {
  return accumulate(chunks).choices[0]?.message;
}

describe('adding up a stream', () => {
  it('joins the text and keeps id, model, creation and finish reason', () => {
    const completion = accumulate([
      chunk({ role: 'assistant', content: '', refusal: null }),
      chunk({ content: 'Hel' }),
      chunk({ content: 'lo' }),
      chunk({}, { finish_reason: 'stop' }, { system_fingerprint: 'fp' }),
    ]);
    expect(completion).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'm',
      system_fingerprint: 'fp',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
    });
  });

  it('takes the usage from a last chunk that also has choices', () => {
    expect(accumulate([chunk({ content: 'a' }), chunk({}, { finish_reason: 'stop' }, { usage })]).usage).toEqual(usage);
  });

  it('keeps the details of the usage as they came, and null elsewhere does not erase it', () => {
    const completion = accumulate([
      chunk({ content: 'a' }, {}, { usage: null }),
      { ...head, choices: [], usage },
      chunk({}, {}, { usage: null }),
    ]);
    expect(completion.usage).toEqual(usage);
  });

  it('does not join a role, tool id, type or name that is repeated in each chunk', () => {
    const part = (text: string): unknown =>
      chunk({
        role: 'assistant',
        tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: text } }],
      });
    expect(messageOf([part('{"a"'), part(':1}')])).toEqual({
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"a":1}' } }],
    });
  });

  it('keeps parallel tool calls apart by their index, in order, whatever order they come in', () => {
    const part = (index: number, rest: object): unknown => chunk({ tool_calls: [{ index, ...rest }] });
    const message = messageOf([
      part(1, { id: 'b', type: 'function', function: { name: 'two', arguments: '' } }),
      part(0, { id: 'a', type: 'function', function: { name: 'one', arguments: '' } }),
      part(0, { function: { arguments: '{"x":1}' } }),
      part(1, { function: { arguments: '{"y":2}' } }),
    ]);
    expect(message).toMatchObject({
      tool_calls: [
        { id: 'a', function: { name: 'one', arguments: '{"x":1}' } },
        { id: 'b', function: { name: 'two', arguments: '{"y":2}' } },
      ],
    });
  });

  it('tells tool calls without an index apart by their id', () => {
    const message = messageOf([
      chunk({ tool_calls: [{ id: 'a', type: 'function', function: { name: 'one', arguments: '{"x"' } }] }),
      chunk({ tool_calls: [{ function: { arguments: ':1}' } }] }),
      chunk({ tool_calls: [{ id: 'b', type: 'function', function: { name: 'two', arguments: '{}' } }] }),
    ]);
    expect(message).toMatchObject({
      tool_calls: [
        { id: 'a', function: { arguments: '{"x":1}' } },
        { id: 'b', function: { arguments: '{}' } },
      ],
    });
  });

  it('adds up a legacy function call and a custom tool call', () => {
    expect(
      messageOf([
        chunk({ function_call: { name: 'f', arguments: '{' } }),
        chunk({ function_call: { arguments: '}' } }),
        chunk({ tool_calls: [{ index: 0, id: 'c', type: 'custom', custom: { name: 'sh', input: 'l' } }] }),
        chunk({ tool_calls: [{ index: 0, custom: { input: 's' } }] }),
      ]),
    ).toMatchObject({
      function_call: { name: 'f', arguments: '{}' },
      tool_calls: [{ id: 'c', type: 'custom', custom: { name: 'sh', input: 'ls' } }],
    });
  });

  it('keeps several choices apart', () => {
    const of = (index: number, delta: object, reason: string | null): unknown => ({
      ...head,
      choices: [{ index, delta, finish_reason: reason }],
    });
    const { choices } = accumulate([
      of(1, { role: 'assistant', content: 'B' }, null),
      of(0, { role: 'assistant', content: 'A' }, null),
      of(1, { content: 'b' }, 'length'),
      of(0, { content: 'a' }, 'stop'),
    ]);
    expect(choices.map(({ message, finish_reason }) => [message.content, finish_reason])).toEqual([
      ['Aa', 'stop'],
      ['Bb', 'length'],
    ]);
  });

  it('keeps log probabilities, refusals and unknown members', () => {
    const completion = accumulate([
      chunk({ role: 'assistant', reasoning_content: 'let me ' }, { logprobs: { content: [{ token: 'a' }] } }),
      chunk({ reasoning_content: 'think', refusal: 'I ' }, { logprobs: { content: [{ token: 'b' }], refusal: null } }),
      chunk({ refusal: 'cannot', annotations: [{ url: 1 }] }, { finish_reason: 'stop', matched_stop: 7 }),
      { ...head, choices: [], citations: ['x'] },
    ]);
    expect(completion).toMatchObject({ citations: ['x'] });
    expect(completion.choices[0]).toEqual({
      index: 0,
      message: {
        role: 'assistant',
        content: null,
        reasoning_content: 'let me think',
        refusal: 'I cannot',
        annotations: [{ url: 1 }],
      },
      logprobs: { content: [{ token: 'a' }, { token: 'b' }], refusal: null },
      finish_reason: 'stop',
      matched_stop: 7,
    });
  });

  it('merges unknown lists by index, as reasoning details come', () => {
    expect(
      messageOf([
        chunk({ reasoning_details: [{ index: 0, type: 'reasoning.text', text: 'a' }] }),
        chunk({ reasoning_details: [{ index: 0, type: 'reasoning.text', text: 'b' }] }),
      ]),
    ).toMatchObject({ reasoning_details: [{ index: 0, type: 'reasoning.text', text: 'ab' }] });
  });

  it('takes its id from the first chunk that has one, as Azure sends an empty one first', () => {
    const first = { id: '', object: '', created: 0, model: '', choices: [], prompt_filter_results: [] };
    expect(accumulate([first, chunk({ content: 'a' })])).toMatchObject({ id: 'chatcmpl-1', model: 'm' });
  });

  it('is finished when every choice has its finish reason', () => {
    const accumulator = new CompletionAccumulator();
    expect(accumulator.finished).toBe(false);
    accumulator.add(chunk({ content: 'a' }));
    expect(accumulator.finished).toBe(false);
    accumulator.add(chunk({}, { finish_reason: 'stop' }));
    expect(accumulator.finished).toBe(true);
  });

  it('survives chunks that make no sense, and keeps an error that was streamed', () => {
    const odd = [null, 1, 'x', [], {}, { choices: 'no' }, { choices: [null, 1, { delta: 3 }] }];
    const polluting: unknown = JSON.parse('{"choices":[{"index":0,"delta":{"__proto__":{"polluted":1}}}]}');
    const completion = accumulate([...odd, polluting, { error: { message: 'overloaded' } }]);
    expect(completion).toMatchObject({ id: '', error: { message: 'overloaded' } });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(completion.choices[0]?.message).not.toHaveProperty('polluted');
  });

  it('does not change or share what it was given', () => {
    const first = chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: 'x' } }] });
    const before = structuredClone(first);
    accumulate([first, chunk({ tool_calls: [{ index: 0, function: { arguments: 'y' } }] })]);
    expect(first).toEqual(before);
  });
});
