import { describe, expect, it } from '@jest/globals';
import { RecentWrites } from './recent-writes.js';

describe('recent writes', () => {
  it('are newer than reads that began before them, and than those only', () => {
    const writes = new RecentWrites();
    const before = writes.beginRead();
    writes.note('d');
    const after = writes.beginRead();
    expect(writes.isNewer('d', before)).toBe(true);
    expect(writes.isNewer('d', after)).toBe(false);
    expect(writes.isNewer('other', before)).toBe(false);
  });

  it('are forgotten when no read needs them', () => {
    const writes = new RecentWrites();
    const slow = writes.beginRead();
    for (let i = 0; i < 5_000; i++) {
      const quick = writes.beginRead();
      writes.note(`d${i}`);
      writes.endRead(quick);
    }
    expect(writes.isNewer('d0', slow)).toBe(true);
    writes.endRead(slow);
    expect(writes.isNewer('d0', slow)).toBe(false);
  });
});
