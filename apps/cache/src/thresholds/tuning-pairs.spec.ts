import { describe, expect, it } from '@jest/globals';
import { faultOfPairs } from './tuning-pairs.js';

const same = { a: 'a question', b: 'a question?', same: true };
const other = { a: 'a question', b: 'another one', same: false };

describe('labelled pairs', () => {
  it('of both kinds can be tuned with', () => {
    expect(faultOfPairs([same, other])).toBeUndefined();
    expect(faultOfPairs(Array.from({ length: 5_000 }, (_, index) => (index % 2 ? same : other)))).toBeUndefined();
  });

  it.each([
    [undefined, /^pairs must be a list of 2 to 5000/],
    [[same], /^pairs must be a list of 2 to 5000/],
    [Array.from({ length: 5_001 }, () => same), /^pairs must be a list of 2 to 5000/],
    [[same, same], /same: true and one with same: false$/],
    [[other, other], /same: true and one with same: false$/],
    [[same, null], /^pairs\.1 must be {a, b, same}$/],
    [[same, { ...other, kind: 'x' }], /^pairs\.1 must have no members but/],
    [[{ ...same, a: '' }, other], /^pairs\.0\.a must be a text of 1 to 1024 characters$/],
    [[same, { ...other, b: 'x'.repeat(1_025) }], /^pairs\.1\.b must be a text/],
    [[same, { ...other, same: 'no' }], /^pairs\.1\.same must be true or false$/],
  ])('%# name what is wrong, and repeat no question', (pairs, fault) => {
    expect(faultOfPairs(pairs)).toMatch(fault);
  });
});
