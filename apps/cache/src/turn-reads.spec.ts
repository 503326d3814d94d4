import { describe, expect, it } from '@jest/globals';
import { TurnReads } from './turn-reads.js';

function counting(): { reads: string[]; read: (key: string) => () => Promise<string> } {
  const reads: string[] = [];
  return { reads, read: (key) => async () => `${key}${reads.push(key)}` };
}

describe('reads of one turn of the event loop', () => {
  it('are one for each key', async () => {
    const { reads, read } = counting();
    const turnReads = new TurnReads<string>();
    const asked = ['a', 'b', 'a', 'a'].map((key) => turnReads.get(key, read(key)));
    expect(reads).toEqual([]);
    expect(await Promise.all(asked)).toEqual(['a1', 'b2', 'a1', 'a1']);
    expect(reads).toEqual(['a', 'b']);
  });

  it('do not answer who asks when they have begun', async () => {
    const { read } = counting();
    const turnReads = new TurnReads<string>();
    const first = turnReads.get('a', () => {
      second = turnReads.get('a', read('a'));
      return read('a')();
    });
    let second = first;
    expect(await first).toBe('a1');
    expect(await second).toBe('a2');
  });

  it('fail for all who asked, and for nobody after them', async () => {
    const turnReads = new TurnReads<string>();
    const failing = () => Promise.reject(new Error('away'));
    const asked = [turnReads.get('a', failing), turnReads.get('a', failing)];
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await turnReads.get('a', async () => 'back')).toBe('back');
  });
});
