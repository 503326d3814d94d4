import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readVector, toBase64, toNumbers } from './vector-form.js';

const single = fc.float({ noNaN: true, noDefaultInfinity: true });
/** As a server in Go, Rust or JavaScript prints a float32: the fewest digits that are read back as the same one. */
const printed = (value: number) => {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return Number(text);
  }
  return Number(value.toPrecision(9));
};

describe('a vector', () => {
  it('of float32 comes out as it came in, in four bytes a number', () => {
    const same = fc.property(fc.array(single, { minLength: 1 }), (numbers) => {
      const vector = readVector(numbers)!;
      expect(vector.bytes).toHaveLength(numbers.length * 4);
      expect(toNumbers(vector)).toEqual(numbers);
    });
    fc.assert(same);
  });

  it('of shortest decimals comes out as it came in, in four bytes a number', () => {
    const same = fc.property(fc.array(single, { minLength: 1 }), (values) => {
      const numbers = values.map(printed);
      const vector = readVector(numbers)!;
      expect(vector.bytes).toHaveLength(numbers.length * 4);
      expect(toNumbers(vector)).toEqual(numbers);
    });
    fc.assert(same);
  });

  it('that no float32 holds comes out as it came in', () => {
    const numbers = [0.1 + 0.2, 1 / 3, 1e-300];
    const vector = readVector(numbers)!;
    expect(vector.form).toBe('double');
    expect(toNumbers(vector)).toEqual(numbers);
    expect(toBase64(vector)).toBe(Buffer.from(Float32Array.from(numbers).buffer).toString('base64'));
  });

  it('is the same in base64, whichever way it came', () => {
    const numbers = [0.25, -0.0069292835, 3e-5];
    const base64 = Buffer.from(Float32Array.from(numbers).buffer).toString('base64');
    expect(toBase64(readVector(numbers)!)).toBe(base64);
    expect(toBase64(readVector(base64)!)).toBe(base64);
    expect(toNumbers(readVector(base64)!)).toEqual([...Float32Array.from(numbers)]);
  });

  it.each([[[]], [[1, 'x']], [[[1]]], [[1, null]], [[Infinity]], ['abc'], [''], ['!!!!'], [{}], [null], [7]])(
    'is not made of %j',
    (embedding) => {
      expect(readVector(embedding)).toBeUndefined();
    },
  );
});
