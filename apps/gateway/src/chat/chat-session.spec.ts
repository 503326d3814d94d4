import { describe, expect, it } from '@jest/globals';
import { chatSession } from './chat-session.js';

const answer = (message: object | undefined) => JSON.stringify({ choices: message ? [{ message }] : [] });
const calls = [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }];

describe('what a session keeps of chat', () => {
  it.each([
    [
      { role: 'assistant', content: 'yes', refusal: null },
      { role: 'assistant', content: 'yes' },
    ],
    [
      { role: 'assistant', content: null, tool_calls: calls },
      { role: 'assistant', content: null, tool_calls: calls },
    ],
    [
      { role: 'assistant', content: null, refusal: 'no' },
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] },
    ],
    [
      { role: 'assistant', content: 'yes', reasoning_content: 'because', annotations: [] },
      { role: 'assistant', content: 'yes' },
    ],
  ])('of an answer is what it says: %j', (message, kept) => {
    expect(chatSession.saidIn(answer(message))).toEqual([kept]);
  });

  it.each([
    '{oops',
    'null',
    answer(undefined),
    answer({ role: 'assistant', content: ' ' }),
    answer({ role: 'assistant', content: null, tool_calls: [] }),
  ])('of an answer that says nothing is nothing: %s', (said) => {
    expect(chatSession.saidIn(said)).toEqual([]);
  });

  it('is one answer a turn', () => {
    const messages = [{ role: 'user', content: 'hi' }];
    expect(() => chatSession.entriesOf({ model: 'm', messages, n: 2 })).toThrow("'n'");
    expect(chatSession.entriesOf({ model: 'm', messages, n: 1 })).toHaveLength(1);
  });
});
