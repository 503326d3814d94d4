import { describe, expect, it } from '@jest/globals';
import type { Embedder } from './embedder.js';
import { LexicalEmbedder } from './lexical-embedder.js';
import { selfTest } from './self-test.js';
import { toUnit } from './unit-vector.js';

const lexical = new LexicalEmbedder();
const changed = (change: (vector: Float32Array) => Float32Array, over: Partial<Embedder> = {}): Embedder => ({
  id: 'changed',
  dimension: lexical.dimension,
  defaultThreshold: 0.9,
  maxCharacters: 1_000,
  embed: async (texts) => (await lexical.embed(texts)).map(change),
  ...over,
});

describe('the self-test of an embedder', () => {
  it('passes one that tells questions apart', async () => {
    await expect(selfTest(lexical)).resolves.toBeUndefined();
  });

  it('refuses one that puts everything near everything', async () => {
    const blurred = changed((vector) => toUnit(vector.map((value) => value + 1)));
    await expect(selfTest(blurred)).rejects.toThrow(/unrelated sentences come out near/);
  });

  it('refuses one answer for everything', async () => {
    const constant = changed((vector) => toUnit(vector.fill(1)));
    await expect(selfTest(constant)).rejects.toThrow(/near/);
  });

  it('refuses random vectors', async () => {
    const random = changed((vector) => toUnit(vector.map(() => Math.random() - 0.5)));
    await expect(selfTest(random)).rejects.toThrow(/the second time/);
  });

  it('refuses vectors of another length or dimension than promised', async () => {
    await expect(selfTest(changed((vector) => vector.map((value) => value * 2)))).rejects.toThrow(/length/);
    await expect(selfTest(changed((vector) => vector, { dimension: 8 }))).rejects.toThrow(/dimension/);
    await expect(selfTest(changed((vector) => vector.fill(NaN)))).rejects.toThrow(/length/);
  });
});
