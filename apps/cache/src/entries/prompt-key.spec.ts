import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { areAttributes } from './attributes.js';
import { promptKey } from './prompt-key.js';

describe('the key of a prompt', () => {
  it('ignores case and the order of attributes', () => {
    expect(promptKey('What Is IT?', { a: '1', b: '2' })).toBe(promptKey('what is it?', { b: '2', a: '1' }));
  });

  it('differs for any other prompt or attributes', () => {
    const given = fc.record({ prompt: fc.string(), attributes: fc.dictionary(fc.string(), fc.string()) });
    const canonical = ({ prompt, attributes }: { prompt: string; attributes: Record<string, string> }) =>
      JSON.stringify([prompt.toLowerCase(), Object.entries(attributes).sort()]);
    fc.assert(
      fc.property(given, given, (one, other) => {
        const isSame = promptKey(one.prompt, one.attributes) === promptKey(other.prompt, other.attributes);
        expect(isSame).toBe(canonical(one) === canonical(other));
      }),
    );
  });

  it('takes a missing attribute for a value of its own, not for a wildcard', () => {
    expect(promptKey('x', {})).not.toBe(promptKey('x', { locale: 'en' }));
  });
});

describe('attributes', () => {
  it.each([[{}], [{ locale: 'en' }], [{ a: 'x'.repeat(500) }], [{ a: 'line\nbreak' }]])('may be %p', (value) => {
    expect(areAttributes(value)).toBe(true);
  });

  it.each([
    [null],
    [['a']],
    [{ 'a b': 'x' }],
    [{ a: '' }],
    [{ a: 'x'.repeat(501) }],
    [{ a: 'x,y' }],
    [{ a: 1 }],
    [{ a: '1', b: '2', c: '3', d: '4', e: '5', f: '6' }],
  ])('may not be %p', (value) => {
    expect(areAttributes(value)).toBe(false);
  });
});
