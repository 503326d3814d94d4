import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { IndexQueue } from './index-queue.js';

describe('the queue of entries to be indexed', () => {
  it('runs a few at once, drops what it has no room for, and goes on after a fault', async () => {
    const outcomes: string[] = [];
    const queue = new IndexQueue({ concurrency: 2, maxWaiting: 3, onOutcome: (outcome) => outcomes.push(outcome) });
    let [underWay, most] = [0, 0];
    const ends: (() => void)[] = [];
    const job = async () => {
      most = Math.max(most, (underWay += 1));
      await new Promise<void>((resolve) => ends.push(resolve));
      underWay -= 1;
      if (ends.length === 2) throw new Error('spoilt');
    };
    for (let added = 0; added < 6; added += 1) queue.add(job);
    expect([outcomes, queue.size]).toEqual([['dropped'], 5]);
    while (queue.size > 0) {
      await nextTurn();
      ends.at(-1)?.();
      ends.forEach((end) => end());
    }
    expect(most).toBe(2);
    expect(outcomes.filter((outcome) => outcome === 'failed').length).toBeGreaterThan(0);
    expect(outcomes).toHaveLength(6);
  });
});
