import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisClient, RedisConnections } from '#redis-connection';

/** A connection that has not answered for so long hangs, and is replaced. Milliseconds. */
const patienceMs = 5_000;
const closeGraceMs = 500;

/**
 * A connection for scripts that hand out jobs: a reply that is given up on leaves jobs owned by nobody until their leases end, so
 * that there is no deadline but that of a connection that hangs. Opened when it is first used.
 */
export class PatientClient {
  private client: RedisClient | undefined;
  private readonly running = new Set<Promise<unknown>>();

  constructor(
    private readonly connections: RedisConnections,
    private readonly purpose: string,
  ) {}

  async run<T>(work: (client: RedisClient) => Promise<T>): Promise<T> {
    const client = (this.client ??= this.connections.openBlocking('state', this.purpose));
    const timer = setTimeout(() => this.replace(client), patienceMs);
    const result = work(client);
    this.running.add(result);
    try {
      return await result;
    } finally {
      clearTimeout(timer);
      this.running.delete(result);
    }
  }

  /** Lets replies on their way arrive, for a moment. */
  async close(): Promise<void> {
    await Promise.race([Promise.allSettled(this.running), sleep(closeGraceMs, undefined, { ref: false })]);
    if (this.client) this.replace(this.client);
  }

  /** Whatever waits on it is rejected. */
  private replace(client: RedisClient): void {
    this.connections.closeBlocking(client);
    if (this.client === client) this.client = undefined;
  }
}
