import { describe, expect, it } from '@jest/globals';
import { flightKey } from './flight-key.js';

const address = { tenant: 'acme', cacheId: 'default', generation: '1795000000000', exactKey: 'ab'.repeat(32) };

describe('a flight key', () => {
  it('is the same for the same address', () => {
    expect(flightKey({ ...address })).toBe(flightKey(address));
    expect(flightKey(address)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    { tenant: 'other' },
    { cacheId: 'other' },
    { generation: '1795000000001' },
    { exactKey: 'cd'.repeat(32) },
    { tenant: 'default', cacheId: 'acme' },
  ])('differs for %p', (other) => {
    expect(flightKey({ ...address, ...other })).not.toBe(flightKey(address));
  });
});
