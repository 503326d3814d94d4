import type { BusConnections } from './bus-connections.js';
import type { EventPlace } from './subscription-parts.js';

/** The events that this replica answers for: running, waiting for a retry, or done and not yet acknowledged. */
export class EventAttempts {
  private readonly running = new Set<string>();
  private readonly retries = new Map<string, { readonly at: number; readonly attempt: number }>();
  private readonly done = new Set<string>();
  private scheduled = false;

  constructor(
    private readonly connections: BusConnections,
    private readonly place: EventPlace,
  ) {}

  get owned(): string[] {
    return [...this.running, ...this.retries.keys(), ...this.done];
  }

  owns(id: string): boolean {
    return this.running.has(id) || this.retries.has(id) || this.done.has(id);
  }

  started(id: string): void {
    this.retries.delete(id);
    this.running.add(id);
  }

  /** Attempt `attempt` is due at `at`. */
  failed(id: string, attempt: number, at: number): void {
    this.running.delete(id);
    this.retries.set(id, { attempt, at });
  }

  /** To be acknowledged; tried again by every flush until Redis has it. */
  finished(id: string): void {
    this.running.delete(id);
    this.done.add(id);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      void this.flush();
    });
  }

  /** Another replica has taken it over. */
  lost(id: string): void {
    this.retries.delete(id);
    this.done.delete(id);
  }

  due(now: number): { readonly id: string; readonly attempt: number }[] {
    return [...this.retries].filter(([, { at }]) => at <= now).map(([id, { attempt }]) => ({ id, attempt }));
  }

  async flush(): Promise<void> {
    const ids = [...this.done];
    if (ids.length === 0) return;
    try {
      await this.connections.command('bus').xack(this.place.stream, this.place.group, ...ids);
      for (const id of ids) this.done.delete(id);
    } catch {
      // Redis is away; the sweeper flushes again.
    }
  }
}
