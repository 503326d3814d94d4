import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobView } from '#contracts';
import { encodeSseComment } from '#llm';

const lookEveryMs = 250;
/** A line now and then keeps proxies from closing the connection. */
const heartbeatEveryMs = 15_000;

/** Names a state of a job: the same on every replica. */
function eventId(json: string): string {
  return createHash('sha256').update(json).digest('hex').slice(0, 16);
}

/** The id of the last event of a job; undefined while it has not ended. */
export function endedEventId(job: JobView): string | undefined {
  return job.endedAt === null ? undefined : eventId(JSON.stringify(job));
}

/**
 * A job as server-sent events: one at once, one whenever it has changed, `end` as the last. Each has the whole job, so that who
 * comes back has missed nothing but steps between. A look at Redis four times a second for each listener needs no channel that
 * could lose an event, and works the same for every replica.
 * @param heard the id of the last event that the listener had
 */
export async function* jobEvents(
  look: () => Promise<JobView | null>,
  signal: AbortSignal,
  heard = '',
): AsyncGenerator<string> {
  let last = heard;
  let saidAt = Date.now();
  while (!signal.aborted) {
    const job = await look();
    const data = JSON.stringify(job);
    const id = eventId(data);
    const ended = job === null || job.endedAt !== null;
    if (id !== last) {
      yield `id: ${id}\nevent: ${ended ? 'end' : 'change'}\ndata: ${data}\n\n`;
      [last, saidAt] = [id, Date.now()];
    } else if (Date.now() - saidAt > heartbeatEveryMs) {
      yield encodeSseComment('still here');
      saidAt = Date.now();
    }
    if (ended) return;
    await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}
