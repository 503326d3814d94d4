import { beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceError } from '#contracts';
import { StreamReceiver } from './stream-receiver.js';

let credits: number[];
let cancelled: number;
let receiver: StreamReceiver;

beforeEach(() => {
  credits = [];
  cancelled = 0;
  receiver = new StreamReceiver({
    topic: 'x.y',
    window: 4,
    credit: (_mailbox, frames) => credits.push(frames),
    cancel: () => cancelled++,
  });
});

describe('the receiver of a streamed reply', () => {
  it('grants credits as frames are taken, not as they come', async () => {
    for (let sequence = 0; sequence < 4; sequence++) receiver.onItem(sequence, sequence, 'mailbox');
    expect(credits).toEqual([]);
    for (let sequence = 0; sequence < 4; sequence++) await receiver.next();
    expect(credits).toEqual([2, 2]);
  });

  it('ignores a frame that comes twice', async () => {
    receiver.onItem(0, 'a', 'mailbox');
    receiver.onItem(0, 'a', 'mailbox');
    receiver.onItem(1, 'b', undefined);
    receiver.onEnd(2);
    const items: unknown[] = [];
    for await (const item of receiver) items.push(item);
    expect(items).toEqual(['a', 'b']);
  });

  it.each([
    ['a frame is missing', () => receiver.onItem(2, 'c', undefined)],
    ['the end says that more were sent', () => receiver.onEnd(5)],
  ])('breaks off when %s, rather than give a part for the whole', async (_what, lose) => {
    receiver.onItem(0, 'a', 'mailbox');
    lose();
    await expect(receiver.next()).resolves.toEqual({ done: false, value: 'a' });
    await expect(receiver.next()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(receiver.next()).resolves.toEqual({ done: true, value: undefined });
    expect(cancelled).toBe(1);
  });

  it('breaks off when more comes than was granted', () => {
    for (let sequence = 0; sequence < 5; sequence++) receiver.onItem(sequence, sequence, 'mailbox');
    expect(cancelled).toBe(1);
  });

  it('settles every taker at the end, and at a fault', async () => {
    const takers = [receiver.next(), receiver.next()];
    receiver.onFault(new ServiceError('conflict', 'broken'));
    await expect(takers[0]).rejects.toMatchObject({ code: 'conflict' });
    await expect(takers[1]).resolves.toEqual({ done: true, value: undefined });
  });

  it('cancels once when the consumer stops, and not after the end', async () => {
    receiver.onItem(0, 'a', 'mailbox');
    await receiver.return();
    await receiver.return();
    expect(cancelled).toBe(1);
    await expect(receiver.next()).resolves.toEqual({ done: true, value: undefined });
  });
});
