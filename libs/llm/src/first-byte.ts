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
  try {
    // `once` rejects on `error`; `readable` also comes at the end of an empty body.
    await once(body as EventEmitter, 'readable', { signal: done.signal });
  } finally {
    done.abort();
  }
}
