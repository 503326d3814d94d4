import { describe, expect, it } from '@jest/globals';
import { lastTurn } from './chat-turn.js';

const turnOf = (...messages: { role: string; content?: unknown }[]) => lastTurn({ model: 'm', messages } as never);
const question = { role: 'user', content: 'What is Redis?' };

describe('last user turn of a chat', () => {
  it('is held out when it is what the model answers to', () => {
    expect(turnOf({ role: 'system', content: 'Be brief.' }, question)).toEqual({
      text: 'What is Redis?',
      heldOut: {
        texts: ['What is Redis?'],
        places: [],
        rest: {
          model: 'm',
          messages: [
            { role: 'system', content: 'Be brief.' },
            { role: 'user', content: null },
          ],
        },
      },
    });
  });

  it('keeps images and the number of parts where they are', () => {
    const image = { type: 'image_url', image_url: { url: 'data:,' } };
    const parts = [{ type: 'text', text: 'What' }, image, { type: 'text', text: 'is it?' }];
    const turn = turnOf({ role: 'user', content: parts });
    expect(turn).toMatchObject({ text: 'What\nis it?', heldOut: { texts: ['What', 'is it?'], places: [0, 2] } });
    expect(turn?.heldOut?.rest['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: null }, image, { type: 'text', text: null }] },
    ]);
  });

  it('is known but not held out when something follows it', () => {
    expect(turnOf(question, { role: 'assistant', content: null }, { role: 'tool', content: '42' })).toEqual({
      text: 'What is Redis?',
    });
  });

  it.each([[null], ['  \n'], [[]], [[{ type: 'image_url', image_url: { url: 'data:,' } }]], [[7, null]]])(
    'is none when the user wrote nothing: %j',
    (content) => {
      expect(turnOf({ role: 'user', content })).toBeUndefined();
      expect(turnOf({ role: 'system', content: 'Be brief.' })).toBeUndefined();
    },
  );

  it('leaves the body as it was', () => {
    const body = { model: 'm', messages: [question] };
    lastTurn(body);
    expect(body).toEqual({ model: 'm', messages: [{ role: 'user', content: 'What is Redis?' }] });
  });
});
