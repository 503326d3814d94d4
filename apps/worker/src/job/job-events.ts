import { setTimeout as sleep } from 'node:timers/promises';
import type { JobView } from '#contracts';
import { encodeSseComment } from '#llm';

const lookEveryMs = 250;
/** A line now and then keeps proxies from closing the connection. */
const heartbeatEveryMs = 15_000;

/**
 * A job as server-sent events: one at once, one whenever it has changed, `end` as the last. A look at Redis four times a second
 * for each listener needs no channel that could lose an event, and works the same for every replica.
 */
export async function* jobEvents(look: () => Promise<JobView | null>, signal: AbortSignal): AsyncGenerator<string> {
  let last = '';
  let saidAt = Date.now();
  while (!signal.aborted) {
    const job = await look();
    const data = JSON.stringify(job);
    if (data !== last) {
      const ended = job === null || job.endedAt !== null;
      yield `event: ${ended ? 'end' : 'change'}\ndata: ${data}\n\n`;
      if (ended) return;
      [last, saidAt] = [data, Date.now()];
    } else if (Date.now() - saidAt > heartbeatEveryMs) {
      yield encodeSseComment('still here');
      saidAt = Date.now();
    }
    await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}
