import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeStored, encodeStored, storedStart, type EntryHeader } from './stored-answer.js';

const header: EntryHeader = {
  entryId: '0198f3a17c2e7d3b9a51c0de5f00ba11',
  kind: 'chat',
  createdAt: 1_795_000_000_000,
  expiresAt: 1_795_000_086_400,
  model: 'gpt\n4',
  tokens: 5,
  costMicroUsd: 0,
  latencyMs: 9,
};

describe('a stored answer', () => {
  it('comes back as it was, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (answer) => {
        expect(decodeStored(encodeStored({ header, answer }))).toEqual({
          header: expect.objectContaining(header),
          answer,
        });
      }),
    );
  });

  it.each([1_000, 1_024, 5_000, 262_144, 300_000])('comes back as it was: %i characters of prose', (length) => {
    const answer = JSON.stringify('Ein Satz über nichts, der sich wiederholt. '.repeat(10_000)).slice(0, length);
    expect(decodeStored(encodeStored({ header, answer }))).toMatchObject({ answer });
  });

  it('takes half the room or less where it is prose, and stays text where that wins little', () => {
    const prose = 'Rayleigh scattering sends short waves of light in every direction more than long ones. '.repeat(24);
    expect(encodeStored({ header, answer: prose }).length).toBeLessThan(prose.length / 2);
    const noise = randomBytes(1_536).toString('base64');
    expect(encodeStored({ header, answer: noise }).toString()).toContain(noise);
  });

  it('is unreadable when its packed bytes are spoilt', () => {
    const stored = encodeStored({ header, answer: JSON.stringify('all the same '.repeat(200)) });
    for (let length = 0; length < stored.length; length += 1) {
      expect(decodeStored(stored.subarray(0, length))).toBeUndefined();
    }
  });

  it('begins with what tells entries apart', () => {
    const stored = encodeStored({ header, answer: '{}' }).toString();
    expect(stored.startsWith(storedStart(header.entryId))).toBe(true);
  });

  it('is unreadable when any part of its end is missing', () => {
    const stored = encodeStored({ header, answer: '{"id":"chatcmpl-1"}' });
    for (let length = 0; length < stored.length; length += 1) {
      expect(decodeStored(stored.subarray(0, length))).toBeUndefined();
    }
  });

  it.each([
    ['entryId', 'x'],
    ['kind', 'other'],
    ['createdAt', '1795000000000'],
    ['expiresAt', null],
    ['model', 4],
    ['tokens', -1],
    ['costMicroUsd', 0.5],
    ['latencyMs', 1e300],
    ['length', 3],
  ])('is unreadable when %s is %p', (member, value) => {
    const text = JSON.stringify({ ...header, length: 2, [member]: value });
    expect(decodeStored(Buffer.from(`${text}\n{}`))).toBeUndefined();
  });
});
