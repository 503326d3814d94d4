import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { LexicalEmbedder } from './lexical-embedder.js';
import { similarity } from './unit-vector.js';

const embedder = new LexicalEmbedder();
const compare = async (a: string, b: string) => {
  const [x, y] = await embedder.embed([a, b]);
  return similarity(x!, y!);
};
const threshold = embedder.defaultThreshold;

describe('the lexical embedder', () => {
  it.each([
    ['What is the capital of France?', 'what is the captial of France'],
    ['How do I reset my password?', 'how do i reset my pasword'],
    ['Explain how photosynthesis works in plants', 'explain how photosyntesis works in plnats'],
    ['How to boil an egg', 'how to biol an egg'],
    ['What are the opening hours of the library?', 'whats the openning hours of the library'],
  ])('keeps typos near: %s | %s', async (a, b) => expect(await compare(a, b)).toBeGreaterThan(threshold));

  it.each([
    ['Can I cancel my subscription at any time?', 'At any time, can I cancel my subscription?'],
    ['What is the capital of France?', 'The capital of France is what?'],
    ['Explain how photosynthesis works in plants', 'In plants, how does photosynthesis work? Explain'],
  ])('keeps another order near: %s | %s', async (a, b) => expect(await compare(a, b)).toBeGreaterThan(threshold));

  it.each([
    ['How do I reset my password?', 'Hi, how can I reset my password please?'],
    ['Which vitamins are found in oranges?', 'which vitamin is found in oranges'],
    ['Wie setze ich mein Passwort zurück?', 'Bitte, wie setze ich mein Passwort zurück'],
    ['WHAT IS THE CAPITAL OF FRANCE', 'What is the capital of France?!'],
  ])('looks past filler, case and plurals: %s | %s', async (a, b) =>
    expect(await compare(a, b)).toBeGreaterThan(threshold),
  );

  it.each([
    ['What is the capital of France?', 'What is the population of France?'],
    ['What is the capital of France?', 'What is the capital of Germany?'],
    ['How do I reset my password?', 'How do I reset my router?'],
    ['How to boil an egg', 'How to fry an egg'],
    ['What is Python used for?', 'What is Java used for?'],
    ['Is coffee healthy?', 'Is tea healthy?'],
    ['When was the first world war?', 'When was the second world war?'],
    ['Can I cancel my subscription at any time?', 'Can I upgrade my subscription at any time?'],
    ['What is the boiling point of water at sea level?', 'What is the freezing point of water at sea level?'],
    ['Does the lamp work with dimmers?', 'Does the lamp not work with dimmers?'],
  ])('keeps other questions apart: %s | %s', async (a, b) => expect(await compare(a, b)).toBeLessThan(threshold));

  it('does not pretend to understand: a paraphrase in other words stays apart', async () => {
    expect(await compare('How do I reset my password?', 'I forgot my login credentials')).toBeLessThan(0.3);
  });

  it('answers one finite unit vector for any text, and the same one each time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
        const [a, b] = await embedder.embed([text, text]);
        expect(a).toHaveLength(embedder.dimension);
        expect(Math.hypot(...a!)).toBeCloseTo(1, 4);
        expect(b).toEqual(a);
      }),
      { numRuns: 200 },
    );
  });

  it('takes names of any object member as words like others', async () => {
    expect(await compare('constructor __proto__ toString', 'hasOwnProperty valueOf')).toBeLessThan(threshold);
  });

  it('sets texts without words apart by their signs', async () => {
    expect(await compare('🙂', '🙃')).toBeLessThan(0.5);
    expect(await compare('', '🙃')).toBeLessThan(0.5);
  });

  it('refuses a text that it would not read whole', async () => {
    await expect(embedder.embed(['x'.repeat(embedder.maxCharacters + 1)])).rejects.toMatchObject({ fault: 'too-long' });
  });
});
