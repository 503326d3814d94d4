import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { InvalidateRequest } from '#contracts';
import { entryLabels, selectedLabels } from './entry-labels.js';

const scope = { tenant: 'acme', cacheId: 'faq' };

describe('the labels of an entry', () => {
  it('are digests: nothing that was typed shows', () => {
    const labels = entryLabels({
      model: 'm',
      writer: 'k1',
      userId: 'ann@example.org',
      tags: ['a b'],
      attributes: { x: 'y' },
    });
    expect(labels).toHaveLength(5);
    for (const label of labels) expect(label).toMatch(/^[0-9a-f]{32}$/);
  });

  it('never meet over kinds, names and values', () => {
    const text = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        const labels = entryLabels({
          model: one,
          writer: one,
          userId: one,
          tags: [one],
          attributes: { [one]: other, [`${one}${other}`]: '' },
          kind: 'prompt',
        });
        expect(new Set(labels).size).toBe(other ? 7 : 6);
      }),
    );
  });

  it('select what carries them', () => {
    const entry = { model: 'm', writer: 'k1', tags: ['t', 'u'], attributes: { a: '1', b: '2' } };
    const labels = entryLabels(entry);
    for (const selection of [{ tag: 'u' }, { model: 'm' }, { writer: 'k1' }, { attributes: { b: '2', a: '1' } }]) {
      expect(labels).toEqual(expect.arrayContaining(selectedLabels({ ...scope, ...selection })));
    }
    expect(labels).not.toEqual(expect.arrayContaining(selectedLabels({ ...scope, attributes: { a: '2' } })));
  });

  it.each([
    ['nothing', {}, 'tag'],
    ['a tag and a model', { tag: 't', model: 'm' }, 'model'],
    ['no attribute', { attributes: {} }, 'attributes'],
    ['three of them', { attributes: { a: '1' }, model: 'm', writer: 'k' }, 'model'],
  ])('refuse a selection by %s', (_, selection: Partial<InvalidateRequest>, param) => {
    expect(() => selectedLabels({ ...scope, ...selection })).toThrow(
      expect.objectContaining({ code: 'invalid_request', details: { param } }),
    );
  });
});
