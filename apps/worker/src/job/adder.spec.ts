import { describe, expect, it } from '@jest/globals';
import { Adder } from './adder.js';
import type { NewJob } from './new-job.js';

const job = (text: string) => ({ text }) as NewJob;
const jobs = (count: number, bytes = 1) => Array.from({ length: count }, () => job('x'.repeat(bytes)));

/** Counts what scripts were sent; each job's reply is its number. */
function adder(fault?: Error) {
  const sent: number[] = [];
  let number = 0;
  const send = async (batch: readonly NewJob[]) => {
    sent.push(batch.length);
    if (fault) throw fault;
    return batch.map(() => ({ earlier: String(number++) }));
  };
  return { sent, adder: new Adder(send) };
}

describe('adding jobs', () => {
  it('sends the orders of one turn together, and gives each its own replies', async () => {
    const { sent, adder: line } = adder();
    const replies = await Promise.all([line.add(jobs(2)), line.add(jobs(1)), line.add(jobs(3))]);
    expect(sent).toEqual([6]);
    expect(replies.flat().map((reply) => reply)).toEqual(
      ['0', '1', '2', '3', '4', '5'].map((earlier) => ({ earlier })),
    );
    expect(replies.map(({ length }) => length)).toEqual([2, 1, 3]);
  });

  it('bounds what one script is sent, by number and by size', async () => {
    const { sent, adder: line } = adder();
    expect(await line.add(jobs(600))).toHaveLength(600);
    expect(sent).toEqual([250, 250, 100]);
    await Promise.all([line.add(jobs(3, 400_000)), line.add(jobs(1, 4_000_000)), line.add(jobs(1))]);
    expect(sent.slice(3)).toEqual([2, 1, 1, 1]);
  });

  it('tells everybody of a fault', async () => {
    const { adder: line } = adder(new Error('away'));
    const ends = await Promise.allSettled([line.add(jobs(1)), line.add(jobs(1))]);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
