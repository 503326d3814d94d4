import { once, type EventEmitter } from 'node:events';
import type { Dispatcher } from 'undici';

type Ask = (signal: AbortSignal) => Promise<Dispatcher.ResponseData>;

/**
 * Sends a request and waits until the first byte of the answer's body is there: some servers send headers at once and
 * then hang or break off, while another upstream could still be asked.
 */
export async function firstByte(
  ask: Ask,
  signal: AbortSignal,
  timeoutMs: number,
  late: Error,
): Promise<Dispatcher.ResponseData> {
  const begin = new AbortController();
  const timer = setTimeout(() => begin.abort(late), timeoutMs);
  if (signal.aborted) begin.abort(signal.reason);
  // The listener stays: it ends the body too. The call's signal does not outlive the call.
  signal.addEventListener('abort', () => begin.abort(signal.reason), { once: true });
  try {
    const answer = await ask(begin.signal);
    await readable(answer.body);
    return answer;
  } finally {
    clearTimeout(timer);
  }
}

async function readable(body: Dispatcher.ResponseData['body']): Promise<void> {
  if (body.readableLength > 0 || body.readableEnded) return;
  const done = new AbortController();
  // `once` rejects on `error`. A body that had ended without a byte before anybody listened is never `readable`.
  const signs = ['readable', 'end', 'close'].map((name) => once(body as EventEmitter, name, { signal: done.signal }));
  try {
    await Promise.race(signs);
  } finally {
    void Promise.allSettled(signs);
    done.abort();
  }
}
