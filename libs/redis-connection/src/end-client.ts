import type { RedisClient } from './redis-options.js';

/** What both kinds of client have, unseen. */
interface Endable {
  setStatus(status: 'end'): void;
  flushQueue(error: Error): void;
}

/** States that ioredis does not leave once it was told to disconnect; `connecting`: of a cluster. */
const forgotten: ReadonlySet<string> = new Set(['reconnecting', 'close', 'disconnecting', 'connecting']);

/**
 * Closes a client for good, in whatever state it is. ioredis forgets one that is disconnected while it waits to
 * reconnect: it never ends, and commands queued on it never settle. Such a client is ended by hand.
 */
export function endClient(client: RedisClient): void {
  const waiting = forgotten.has(client.status);
  if (client.status !== 'end') {
    client.disconnect();
  }
  if (waiting) {
    const endable = client as unknown as Endable;
    endable.setStatus('end');
    endable.flushQueue(new Error('Connection is closed.'));
  }
}
