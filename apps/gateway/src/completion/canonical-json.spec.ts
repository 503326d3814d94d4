import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, InexactNumberError, TooDeepError, type Json } from './canonical-json.js';

describe('canonical JSON (RFC 8785)', () => {
  it('agrees with the vectors of RFC 8785 sections 3.2.2 and 3.2.3', () => {
    const input = JSON.parse(
      String.raw`{"numbers":[333333333.33333329,4.50,2e-3,0.000000000000000000000000001],
        "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
    ) as Json;
    expect(canonicalJson(input)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002,1e-27],' +
        String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
    const keys = JSON.parse(
      String.raw`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
        "\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`,
    ) as Json;
    expect(Object.values(JSON.parse(canonicalJson(keys).replace('"1"', '"!1"')) as object)).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('gives one text for every spelling of one number', () => {
    for (const spelling of ['1', '1.0', '1e0', '10e-1', '100E-2']) {
      expect(canonicalJson(JSON.parse(`[${spelling}]`) as Json)).toBe('[1]');
    }
    expect(canonicalJson(-0)).toBe('0');
  });

  it('keeps a value through parsing and does not depend on the order of members', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!holdsLargeNumber(value));
        const text = canonicalJson(value as Json);
        expect(canonicalJson(JSON.parse(text) as Json)).toBe(text);
        expect(canonicalJson(reversed(value as Json))).toBe(text);
      }),
    );
  });

  it('refuses numbers that JSON readers cannot tell apart', () => {
    expect(() => canonicalJson(JSON.parse('{"seed":9007199254740993}') as Json)).toThrow(InexactNumberError);
    expect(canonicalJson(Number.MAX_SAFE_INTEGER)).toBe('9007199254740991');
  });

  it('keeps a member named __proto__ as an ordinary member', () => {
    expect(canonicalJson(JSON.parse('{"__proto__":{"a":1}}') as Json)).toBe('{"__proto__":{"a":1}}');
  });

  it('refuses nesting that would exhaust the stack', () => {
    const deep = JSON.parse('['.repeat(5_000) + ']'.repeat(5_000)) as Json;
    expect(() => canonicalJson(deep)).toThrow(TooDeepError);
  });
});

function holdsLargeNumber(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsLargeNumber);
}

function reversed(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as Json[]).map(reversed);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}
