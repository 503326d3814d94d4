import { describe, expect, it } from '@jest/globals';
import { jsonCopy } from './json-copy.js';

class Labelled {
  constructor(readonly label: string) {}
  toJSON(): string {
    return `label ${this.label}`;
  }
}

describe('a copy for the other side', () => {
  it.each([
    [{ text: 'grüße', count: 1, on: true, off: null }],
    [{ text: 'a', absent: undefined }],
    [{ nested: { list: [1, { deep: 'x' }] } }],
    [{ at: new Date(0), size: Infinity, run: () => 1 }],
    [JSON.parse('{"__proto__":"own","constructor":"own"}') as object],
    [new Labelled('x')],
    [[1, undefined, 'b']],
    ['text'],
    [undefined],
    [null],
    [() => 1],
  ])('is what JSON makes of it: %j', (value: unknown) => {
    const [through] = JSON.parse(JSON.stringify([value])) as unknown[];
    expect(jsonCopy(value)).toEqual(through);
  });

  it('has nothing in common with it', () => {
    const flat = { text: 'a' };
    const nested = { inner: { text: 'a' } };
    expect(jsonCopy(flat)).not.toBe(flat);
    expect(jsonCopy(nested).inner).not.toBe(nested.inner);
  });

  it('is refused where JSON has no words', () => {
    expect(() => jsonCopy({ big: 1n })).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});
