import { describe, expect, it } from '@jest/globals';
import { CountsSum, formatUsd, modelField } from './counts.js';

describe('money', () => {
  it.each([
    [0, '0.000000'],
    [1, '0.000001'],
    [12_345, '0.012345'],
    [10_500_000, '10.500000'],
    [Number.MAX_SAFE_INTEGER, '9007199254.740991'],
    [-12_345, '-0.012345'],
  ])('of %p micro-dollars reads %p', (microUsd, text) => {
    expect(formatUsd(microUsd)).toBe(text);
  });
});

describe('a model in a field name', () => {
  it.each(['gpt-4o-mini', 'openai/gpt-4o', 'ft:gpt-4o:org::id', 'llama3.1:8b'])('stays as it is: %s', (model) => {
    expect(modelField(model)).toBe(model);
  });

  it.each(['tell me about my illness', 'a@b', 'x'.repeat(129), 'ü'])(
    'is hashed when it looks like no model',
    (model) => {
      expect(modelField(model)).toMatch(/^sha256-[0-9a-f]{16}$/);
    },
  );
});

describe('a sum of counts', () => {
  it('adds counters up and tells misses by reason', () => {
    const sum = new CountsSum();
    sum.add('hitsExact', 1);
    sum.add('hitsExact', 2);
    sum.add('miss:absent', 4);
    sum.add('savedMicroUsd', 1_500);
    expect(sum.counts()).toMatchObject({ hitsExact: 3, stores: 0, misses: { absent: 4 }, savedUsd: '0.001500' });
  });

  it('tells what was saved net of what embedding cost, be it a loss', () => {
    const sum = new CountsSum();
    sum.add('savedMicroUsd', 1_500);
    sum.add('embeddingNanoUsd', 200_000);
    expect(sum.counts()).toMatchObject({ embeddingMicroUsd: 200, netSavedMicroUsd: 1_300, netSavedUsd: '0.001300' });
    sum.add('embeddingNanoUsd', 2_000_000);
    expect(sum.counts()).toMatchObject({ savedUsd: '0.001500', netSavedUsd: '-0.000700' });
  });
});
