import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { analyse, essenceOf } from './analysis.js';
import { guardVeto } from './guard-veto.js';
import { lengthGuard, maxComparedLength } from './length.guard.js';

describe('guard veto', () => {
  it('names the guard that forbids a hit', () => {
    expect(guardVeto('What is the capital of France?', 'What is the capital of Spain?')).toBe('entity');
    expect(guardVeto('Give me 5 tips', 'Give me 6 tips')).toBe('number');
  });

  it('lets the same question pass, in any language, however long', () => {
    expect(guardVeto('Wie spät ist es?', ' Wie spät  ist es?')).toBeUndefined();
    expect(guardVeto('x'.repeat(50_000), 'x'.repeat(50_000))).toBeUndefined();
  });

  it('leaves out guards that a cache has switched off', () => {
    const [a, b] = ['Give me 5 tips', 'Give me 6 tips'];
    expect(guardVeto(a, b, { number: false })).toBeUndefined();
    expect(guardVeto(a, b, { number: true })).toBe('number');
  });

  it('compares other languages only when the cache allows it, and never across languages', () => {
    const [a, b] = ['Wie ist das Wetter in Berlin?', 'Wie wird das Wetter in Berlin?'];
    expect(guardVeto(a, b)).toBe('language');
    expect(guardVeto(a, b, { language: false })).toBeUndefined();
    expect(guardVeto('Gib mir 5 Ideen für das Fest', 'Gib mir 6 Ideen für das Fest', { language: false })).toBe(
      'number',
    );
    expect(guardVeto(a, 'What is the weather in Berlin?', { language: false })).toBe('language');
  });

  it('takes an analysis that was made before', () => {
    const question = analyse('Is it healthy?');
    expect(guardVeto(question, 'Is it unhealthy?')).toBe('negation');
  });

  it('is symmetrical, total and quick to give up on any text', () => {
    const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.lorem({ maxCount: 40 }));
    const property = fc.property(texts, texts, (a, b) => {
      expect(guardVeto(a, b) === undefined).toBe(guardVeto(b, a) === undefined);
      expect(guardVeto(a, a)).toBeUndefined();
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('survives texts made to be slow to read', () => {
    for (const piece of ['a', 'a.', '-', '/a', '"', "'", '1,', 'please ', 'not ', '_a', '(', ' ', 'Aa']) {
      const text = piece.repeat(Math.floor(maxComparedLength / piece.length));
      expect(() => guardVeto(text, `${text}b`)).not.toThrow();
    }
  });

  it('does not compare long texts by meaning', () => {
    const long = analyse('word '.repeat(500));
    expect(lengthGuard.vetoes(long, analyse('word'))).toBe(true);
    expect(lengthGuard.vetoes(analyse('word'), analyse('words'))).toBe(false);
  });
});

describe('the essence of a question', () => {
  it.each([
    ['Hi there! Could you please tell me what gluten is? Thanks!', 'what gluten is?'],
    ['What is gluten?', 'What is gluten?'],
    ['Please', 'Please'],
  ])('of %j is %j', (question, essence) => {
    expect(essenceOf(question)).toBe(essence);
  });
});
