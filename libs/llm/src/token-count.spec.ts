import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import cl100k from 'gpt-tokenizer/encoding/cl100k_base';
import o200k from 'gpt-tokenizer/encoding/o200k_base';
import { countMessageTokens } from './message-tokens.js';
import { countTokens } from './token-count.js';
import { tokenizerFamily } from './tokenizer-family.js';
import { mayHaveLongRuns, withoutLongRuns } from './unbroken-runs.js';

const plain = { disallowedSpecial: new Set<string>() };
const letters = 65_536;

describe('tokenizerFamily', () => {
  it.each([
    ['gpt-4o-mini', 'o200k'],
    ['openai/gpt-4.1', 'o200k'],
    ['ft:gpt-4o-mini-2024-07-18:acme::x', 'o200k'],
    ['gpt-5.2', 'o200k'],
    ['o3-mini', 'o200k'],
    ['GPT-4', 'cl100k'],
    ['gpt-4-turbo', 'cl100k'],
    ['gpt-35-turbo', 'cl100k'],
    ['text-embedding-3-small', 'cl100k'],
    ['claude-sonnet-4', 'estimate'],
    ['llama-3.1-70b', 'estimate'],
    ['', 'estimate'],
  ])('counts %s by %s', (model, family) => {
    expect(tokenizerFamily(model)).toBe(family);
  });
});

describe('countTokens', () => {
  it('is what the tokenizer says, for any text of words', async () => {
    const words = fc.array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.lorem()), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(words, async (list) => {
        const text = list.join(' ');
        expect(await countTokens('o200k', text)).toBe(o200k.countTokens(text, plain));
        expect(await countTokens('cl100k', text)).toBe(cl100k.countTokens(text, plain));
      }),
    );
  });

  it('looks for long runs where there may be one, and overlooks none', () => {
    const units = fc.constantFrom('a', ' ', '\n', '=', '\u0001', '7', 'é', '漢', '😀', '\u00a0', '\u0301', '\ud83d');
    const runs = fc.tuple(fc.array(units, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 140 }));
    const texts = fc.array(runs, { maxLength: 5 });
    fc.assert(
      fc.property(texts, (list) => {
        const text = list.map(([parts, times]) => parts.join('').repeat(times)).join('');
        return mayHaveLongRuns(text) || [...withoutLongRuns(text)].join('|') === text;
      }),
      { numRuns: 500 },
    );
    expect(mayHaveLongRuns('Nothing unusual here, or is there? '.repeat(30))).toBe(false);
  });

  it('counts a long text in slices as if in one', async () => {
    const text = 'Jumps over "the lazy dog"; então, 12345 vezes.\n\n  Zwölf Boxkämpfer jagen Viktor. '.repeat(1_500);
    expect(await countTokens('o200k', text)).toBe(o200k.countTokens(text, plain));
    expect(await countTokens('cl100k', text)).toBe(cl100k.countTokens(text, plain));
  });

  it('takes a special token in a text for ordinary text', async () => {
    expect(await countTokens('o200k', '<|endoftext|>')).toBeGreaterThan(1);
    expect(await countTokens('o200k', '')).toBe(0);
  });

  it.each([
    ['one letter', 'a'],
    ['one capital', 'A'],
    ['spaces', ' '],
    ['one mark', '='],
    ['line ends', '\n'],
    ['combining marks', '\u0301'],
    ['ideographs', '漢'],
    ['emoji joined to families', '👨‍👩‍👧'],
    ['half surrogates', '\ud83d'],
  ])('bounds the work for 64 KB of %s', async (_name, unit) => {
    const tokens = await countTokens('o200k', unit.repeat(Math.ceil(letters / unit.length)));
    expect(tokens).toBeGreaterThan(0);
    expect(tokens).toBeLessThanOrEqual(letters * 3);
  });

  it('agrees with the tokenizer on a run that it cuts', async () => {
    expect(await countTokens('o200k', 'a'.repeat(1_024))).toBe(o200k.countTokens('a'.repeat(1_024)));
  });

  it('estimates above o200k where the tokenizer is not public', async () => {
    const text = 'The quick brown fox jumps over the lazy dog. '.repeat(20);
    expect(await countTokens('estimate', text)).toBeGreaterThan(await countTokens('o200k', text));
  });
});

describe('countMessageTokens', () => {
  it('adds the three tokens around a message and its role, as OpenAI counts', async () => {
    expect(await countMessageTokens('o200k', { role: 'user', content: 'hello' })).toBe(5);
    expect(await countMessageTokens('o200k', { role: 'user', content: 'hello', name: 'ann' })).toBe(7);
  });

  it('counts calls by name and arguments, and results as text', async () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } };
    const message = { role: 'assistant', content: null, tool_calls: [call] };
    const one = await countMessageTokens('o200k', message);
    expect(one).toBeGreaterThan(o200k.countTokens('weather{"city":"Rome"}') + 4);
    expect(await countMessageTokens('o200k', { ...message, tool_calls: [call, call] })).toBeGreaterThan(one);
    expect(await countMessageTokens('o200k', { role: 'tool', tool_call_id: 'call_1', content: 'sunny' })).toBe(6);
  });

  it('estimates an image by its detail, never by the length of its data', async () => {
    const image = (detail?: string) => ({
      role: 'user',
      content: [
        { type: 'text', text: 'what is this' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(500_000)}`, detail } },
      ],
    });
    expect(await countMessageTokens('o200k', image('low'))).toBe(4 + 3 + 85);
    expect(await countMessageTokens('o200k', image())).toBe(4 + 3 + 1_445);
  });

  it('counts any JSON at all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('role', 'content', 'name', 'tool_calls'), fc.jsonValue()),
        async (message) => {
          expect(await countMessageTokens('o200k', message)).toBeGreaterThanOrEqual(3);
        },
      ),
    );
  });
});
