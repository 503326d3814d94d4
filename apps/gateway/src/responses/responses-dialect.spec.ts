import { describe, expect, it } from '@jest/globals';
import { questionKeys } from '../completion/exact-key.js';
import type { RequestBody } from '../completion/dialect.js';
import { readResponsesBody } from './responses-body.js';
import { responsesDialect as dialect } from './responses-dialect.js';

const body = (more: object): RequestBody => readResponsesBody({ model: 'm', input: 'What is Redis?', ...more });
const user = (content: unknown) => ({ role: 'user', content });
const keys = (of: RequestBody) => questionKeys(dialect, of, dialect.turnOf(of)?.heldOut, {})!;

describe('the turn of a response', () => {
  it('is the whole text, or the last message of the user', () => {
    expect(dialect.turnOf(body({}))?.text).toBe('What is Redis?');
    const items = [user('first'), { role: 'assistant', content: 'x' }, user([{ type: 'input_text', text: 'last' }])];
    expect(dialect.turnOf(body({ input: items }))).toMatchObject({
      text: 'last',
      heldOut: { texts: ['last'], places: [0] },
    });
  });

  it('leaves images in the frame, and only texts out of it', () => {
    const ask = (text: string, image: string) =>
      keys(
        body({
          input: [
            user([
              { type: 'input_text', text },
              { type: 'input_image', image_url: image },
            ]),
          ],
        }),
      );
    const [a, b, c] = [ask('one', 'i'), ask('two', 'i'), ask('one', 'j')];
    expect(a.frame).toBe(b.frame);
    expect(a.exactKey).not.toBe(b.exactKey);
    expect(a.frame).not.toBe(c.frame);
  });

  it('has another frame under other instructions', () => {
    expect(keys(body({ instructions: 'Be brief.' })).frame).not.toBe(keys(body({})).frame);
  });

  it('is not held out where the model answers to something else', () => {
    const input = [user('ask'), { type: 'function_call_output', call_id: 'c', output: '1' }];
    const turn = dialect.turnOf(body({ input }));
    expect([turn?.text, turn?.heldOut]).toEqual(['ask', undefined]);
  });

  it.each([[''], ['  '], [[]], [[{ type: 'item_reference', id: 'x' }]], [[user([{ type: 'input_image' }])]]])(
    'is none in %j',
    (input) => {
      expect(dialect.turnOf(body({ input }))).toBeUndefined();
    },
  );
});

describe('a stored response', () => {
  const stored = (more: object = {}) =>
    JSON.stringify({ id: 'r', output: [], metadata: {}, user: 'u-1', safety_identifier: null, ...more });

  it('says what its new caller said', () => {
    const tailored = dialect.tailor(stored(), body({ metadata: { a: 'b' }, safety_identifier: 's' }));
    expect(JSON.parse(tailored)).toEqual({
      id: 'r',
      output: [],
      metadata: { a: 'b' },
      user: null,
      safety_identifier: 's',
    });
  });

  it('is the same text where nothing differs, and for what is no response', () => {
    expect(dialect.tailor(stored(), body({ user: 'u-1', prompt_cache_key: 'k' }))).toBe(stored());
    expect(dialect.tailor('oops', body({}))).toBe('oops');
  });
});

describe('the key of a response', () => {
  it.each(['metadata', 'user', 'safety_identifier', 'prompt_cache_key', 'service_tier', 'stream', 'cache'])(
    'does not know %s',
    (name) => {
      const value = { metadata: {}, stream: true, cache: {} }[name] ?? 'x';
      expect(keys(body({ [name]: value })).exactKey).toBe(keys(body({})).exactKey);
    },
  );

  it.each([{ store: false }, { temperature: 0 }, { include: ['x'] }, { truncation: 'auto' }, { unknown: 1 }])(
    'changes with %j',
    (more) => {
      expect(keys(body(more)).exactKey).not.toBe(keys(body({})).exactKey);
    },
  );
});
