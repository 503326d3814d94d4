import { describe, expect, it } from '@jest/globals';
import { answers } from '../../../test/llm/completion-samples.js';
import { isCacheable } from './cacheability.js';

const choice = (message: unknown, finishReason: unknown = 'stop'): unknown => ({
  choices: [{ index: 0, message, finish_reason: finishReason }],
});
const text = { role: 'assistant', content: 'hello' };

describe('whether an answer may be stored', () => {
  it.each(['text', 'parallelToolCalls', 'refusal', 'logprobs', 'legacyFunctionCall'] as const)('stores %s', (name) => {
    expect(isCacheable(answers[name])).toEqual({ cacheable: true });
  });

  it.each([
    ['an answer cut off by length', 'length', choice(text, 'length')],
    ['a filtered answer', 'content_filter', choice(text, 'content_filter')],
    ['an answer that was never finished', 'unfinished', choice(text, null)],
    ['an ending that nobody knows', 'unfinished', choice(text, 'insufficient_system_resource')],
    ['no choices', 'no-choices', { choices: [] }],
    ['an empty text', 'empty', choice({ role: 'assistant', content: ' \n' })],
    ['no text and an empty list of tool calls', 'empty', choice({ content: null, tool_calls: [] })],
    ['no message', 'empty', choice(undefined)],
    ['a choice that is not an object', 'error', { choices: [null] }],
    ['an error in a stream', 'error', { ...(choice(text) as object), error: { message: 'x' } }],
    ['something else', 'error', 'text'],
  ])('does not store %s', (_what, reason, completion) => {
    expect(isCacheable(completion)).toEqual({ cacheable: false, reason });
  });

  it('calls an answer cut off only when nothing else is wrong with it, in any choice', () => {
    expect(isCacheable(answers.severalChoices)).toEqual({ cacheable: false, reason: 'length' });
    const cut = { index: 0, message: text, finish_reason: 'length' };
    const filtered = { index: 1, message: text, finish_reason: 'content_filter' };
    expect(isCacheable({ choices: [cut, filtered] })).toEqual({ cacheable: false, reason: 'content_filter' });
    const nothing = { ...cut, message: { role: 'assistant', content: '' } };
    expect(isCacheable({ choices: [cut, nothing] })).toEqual({ cacheable: false, reason: 'empty' });
  });
});
