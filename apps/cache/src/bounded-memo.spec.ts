import { expect, it } from '@jest/globals';
import { BoundedMemo } from './bounded-memo.js';

it('forgets what was used least recently', () => {
  const memo = new BoundedMemo<string, number>(2);
  memo.set('a', 1);
  memo.set('b', 2);
  expect(memo.get('a')).toBe(1);
  memo.set('c', 3);
  expect([memo.get('a'), memo.get('b'), memo.get('c')]).toEqual([1, undefined, 3]);
});
