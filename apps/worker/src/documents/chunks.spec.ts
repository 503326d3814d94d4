import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chunksOf } from './chunks.js';

const size = { size: 100, overlap: 20 };
const parted = (text: string) => chunksOf({ id: 'd', text }, size);

describe('a document', () => {
  it('that fits is one chunk, and an empty one none', () => {
    expect(parted('short')).toEqual([{ id: 'd', chunk: 0, text: 'short' }]);
    expect(parted(' \n ')).toEqual([]);
  });

  it('is parted where it pauses', () => {
    const chunks = parted(`${'a'.repeat(60)}\n\n${'b'.repeat(60)}`);
    expect(chunks[0]!.text).toBe('a'.repeat(60));
    const sentences = parted(`${'word '.repeat(11)}end. ${'word '.repeat(30)}`);
    expect(sentences[0]!.text.endsWith('end.')).toBe(true);
  });

  it('never parts a character in two', () => {
    for (const start of ['', 'x']) {
      for (const { text } of parted(start + '😀'.repeat(120))) expect(() => encodeURIComponent(text)).not.toThrow();
    }
  });

  it('is whole in its chunks, none of which is too long', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('word', 'a', '.', ' ', '\n', '\n\n', 'longerword'), { maxLength: 400 }),
        (parts) => {
          const text = parts.join('');
          const chunks = parted(text);
          expect(chunks.every((chunk) => chunk.text.length <= 100 && text.includes(chunk.text))).toBe(true);
          expect(chunks.map(({ chunk }) => chunk)).toEqual(chunks.map((_, at) => at));
          const letters = (from: string) => from.replace(/\s/g, '');
          expect(letters(chunks.map((chunk) => chunk.text).join('')).length).toBeGreaterThanOrEqual(
            letters(text).length,
          );
        },
      ),
    );
  });
});
