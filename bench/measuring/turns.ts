import { readFileSync } from 'node:fs';

/** Nanoseconds that the main thread has run; on Linux only, elsewhere NaN rather than a guess. */
function processorNs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]);
  } catch {
    return NaN;
  }
}

/**
 * The most processor time that one turn of the event loop took while `work` went on, in milliseconds: what it does itself,
 * without what it waits for a processor on a busy machine.
 */
export async function longestTurn(work: Promise<unknown>): Promise<number> {
  const watch = { done: false };
  const end = (): void => void (watch.done = true);
  work.then(end, end);
  let longest = 0;
  for (let before = processorNs(); !watch.done;) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = processorNs();
    longest = Math.max(longest, now - before);
    before = now;
  }
  await work;
  return longest / 1e6;
}
