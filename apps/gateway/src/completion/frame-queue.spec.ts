import { describe, expect, it } from '@jest/globals';
import { FrameQueue } from './frame-queue.js';

async function readAll(queue: FrameQueue): Promise<string> {
  let text = '';
  for await (const frame of queue) text += frame;
  return text;
}

describe('frame queue', () => {
  it('hands frames on in order and ends when closed', async () => {
    const queue = new FrameQueue(100);
    const reading = readAll(queue);
    for (const frame of ['a', 'b', 'c']) await queue.push(frame);
    queue.close();
    expect(await reading).toBe('abc');
  });

  it('makes the writer wait while the reader is behind', async () => {
    const queue = new FrameQueue(2);
    let written = false;
    const writing = queue.push('abc').then(() => (written = true));
    await new Promise(setImmediate);
    expect(written).toBe(false);
    const reader = queue[Symbol.asyncIterator]();
    expect(await reader.next()).toEqual({ done: false, value: 'abc' });
    await writing;
    expect(written).toBe(true);
  });

  it('lets the writer go on alone when the reader leaves', async () => {
    const queue = new FrameQueue(2);
    const writing = queue.push('abc');
    for await (const _frame of queue) break;
    await writing;
    await queue.push('never read, never waited for');
    expect(await readAll(queue)).toBe('');
  });
});
