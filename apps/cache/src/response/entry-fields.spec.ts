import { describe, expect, it } from '@jest/globals';
import { answerField, entryFields, promptField, readPlace } from './entry-fields.js';

const place = { generation: '1763700000000', exactKey: 'ab'.repeat(32) };

describe('the fields of an entry', () => {
  it('tell where its answer lies', () => {
    expect(readPlace(entryFields(place, 'What?')[answerField])).toEqual(place);
  });

  it('hold the question only where it may be compared', () => {
    expect(entryFields(place, 'What?')[promptField]).toBe('What?');
    expect(entryFields(place, undefined)).not.toHaveProperty(promptField);
  });

  it.each([null, undefined, '', 'x', place.exactKey, `${place.generation}:`, `x:${place.exactKey}`, 'constructor:1'])(
    'count as gone when they say %j',
    (field) => {
      expect(readPlace(field)).toBeUndefined();
    },
  );
});
