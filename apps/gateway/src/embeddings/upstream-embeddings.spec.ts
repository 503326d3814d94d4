import { describe, expect, it } from '@jest/globals';
import { addUsage, readEmbeddings } from './upstream-embeddings.js';

const answer = (data: unknown, more: object = {}) => JSON.stringify({ object: 'list', data, model: 'm', ...more });

describe("an upstream's embeddings", () => {
  it('are put into the order of their texts, with everything else kept', () => {
    const text = answer(
      [
        { index: 1, embedding: [1] },
        { index: 0, embedding: [0], note: 'x' },
      ],
      { id: 'e', usage: {} },
    );
    const read = readEmbeddings(text, 2)!;
    expect(read.items.map(({ embedding }) => embedding)).toEqual([[0], [1]]);
    expect([read.items[0]!.note, read.model, read.rest]).toEqual(['x', 'm', { id: 'e' }]);
  });

  it.each([
    ['no JSON', 'oops'],
    ['no list', answer({})],
    ['too few', answer([{ index: 0 }])],
    ['too many', answer([{ index: 0 }, { index: 1 }, { index: 2 }])],
    ['one twice', answer([{ index: 0 }, { index: 0 }])],
    ['one of another place', answer([{ index: 0 }, { index: 5 }])],
    ['something else in between', answer([{ index: 0 }, 'x'])],
  ])('are not read from %s', (_name, text) => {
    expect(readEmbeddings(text, 2)).toBeUndefined();
  });

  it('of two calls add up their use', () => {
    const sum = addUsage(
      { prompt_tokens: 3, total_tokens: 3, by: 'a' },
      { prompt_tokens: 2, total_tokens: 2, by: 'b' },
    );
    expect(sum).toEqual({ prompt_tokens: 5, total_tokens: 5, by: 'b' });
  });
});
