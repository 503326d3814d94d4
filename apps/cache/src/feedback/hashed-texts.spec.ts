import { describe, expect, it } from '@jest/globals';
import { askerHash, promptHash } from './hashed-texts.js';

describe('the hash of a prompt', () => {
  it('is the same whatever the case, the white space and the form of Unicode', () => {
    const hash = promptHash('How do I cancel my café order?');
    expect(hash).toMatch(/^[0-9a-f]{32}$/);
    expect(promptHash('  how do I\n cancel my CAFE\u0301 order? ')).toBe(hash);
  });

  it('differs for another prompt', () => {
    expect(promptHash('Is it safe?')).not.toBe(promptHash('Is it not safe?'));
  });

  it('of a user is another one in every tenant', () => {
    expect(askerHash('a', 'ann')).not.toBe(askerHash('b', 'ann'));
    expect(askerHash('a', 'ann')).not.toBe(promptHash('ann'));
  });
});
