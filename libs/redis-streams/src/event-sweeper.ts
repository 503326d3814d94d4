import type { RedisClient } from '#redis-connection';
import type { StreamEntry } from './bus-connections.js';
import type { EventRunner, EventRunnerParts } from './event-runner.js';
import { sampleGroup } from './group-sample.js';
import { deleteIdleConsumers, renewEvents, trimAcknowledged } from './stream-scripts.js';

export interface EventSweeperParts extends EventRunnerParts {
  readonly runner: EventRunner;
}

type Pending = [id: string, consumer: string, idleMs: number, deliveries: number];

const pendingPerPage = 100;
const consumersEvery = 20;

/**
 * Every round: says which events this replica still works on, retries those that failed, takes over those whose replica
 * fell silent, forgets such replicas, and trims what every group has acknowledged.
 */
export class EventSweeper {
  sample = { lag: 0, pending: 0 };
  private timer?: NodeJS.Timeout;
  private round?: Promise<void>;
  private rounds = 0;
  private stopped = false;

  constructor(private readonly parts: EventSweeperParts) {}

  start(): void {
    const { sweepMs } = this.parts.bus.options.events;
    this.timer = setTimeout(
      () => {
        this.round = this.sweep().finally(() => {
          if (!this.stopped) this.start();
        });
      },
      sweepMs * (0.75 + Math.random() / 2),
    ).unref();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.round;
  }

  private async sweep(): Promise<void> {
    try {
      await this.parts.attempts.flush();
      await this.renew();
      await this.retry();
      await this.takeOver();
      await this.tidy();
    } catch {
      // Redis is away, or the group is: the reader sees to both; the next round comes anyway.
    }
  }

  private async renew(): Promise<void> {
    const { attempts, stream, group, consumer } = this.parts;
    const ids = attempts.owned;
    if (ids.length === 0) return;
    const args = { group, consumer, ids: ids.join(' ') };
    const lost = (await renewEvents.run(this.client, { keys: { stream }, args })) as string[];
    for (const id of lost) attempts.lost(id);
  }

  private async retry(): Promise<void> {
    const { attempts, inFlight, runner } = this.parts;
    const due = new Map(attempts.due(Date.now()).map(({ id, attempt }) => [id, attempt]));
    const ids = [...due.keys()].slice(0, inFlight.free);
    const claimed = await this.claim(ids, 0);
    for (const entry of claimed) runner.start(entry, due.get(entry[0]) ?? 1);
    // Deleted from the stream by hand, or after a FLUSHALL.
    for (const id of ids) if (!claimed.some((entry) => entry[0] === id)) attempts.lost(id);
  }

  /** Loops over all pages: a page may hold nothing but what this replica has itself. */
  private async takeOver(): Promise<void> {
    const { attempts, inFlight, bus, stream, group, runner } = this.parts;
    const { claimIdleMs } = bus.options.events;
    let start = '-';
    while (inFlight.free > 0 && !this.stopped) {
      const page = (await this.client.xpending(
        ...([stream, group, 'IDLE', claimIdleMs, start, '+', pendingPerPage] as const),
      )) as Pending[];
      const silent = page.filter(([id]) => !attempts.owns(id)).slice(0, inFlight.free);
      const deliveries = new Map(silent.map(([id, , , count]) => [id, count]));
      for (const entry of await this.claim([...deliveries.keys()], claimIdleMs)) {
        runner.start(entry, (deliveries.get(entry[0]) ?? 0) + 1);
      }
      const last = page.at(-1);
      if (!last || page.length < pendingPerPage) return;
      start = `(${last[0]}`;
    }
  }

  private async claim(ids: string[], idleMs: number): Promise<StreamEntry[]> {
    if (ids.length === 0) return [];
    const { stream, group, consumer } = this.parts;
    const reply: unknown = await this.client.call('XCLAIM', stream, group, consumer, idleMs, ...ids);
    return reply as StreamEntry[];
  }

  private async tidy(): Promise<void> {
    const { bus, stream, group } = this.parts;
    const keys = { stream };
    if (this.rounds++ % consumersEvery === 0) {
      const args = { group, idleMs: bus.options.events.consumerIdleMs, leaving: '' };
      await deleteIdleConsumers.run(this.client, { keys, args });
    }
    await trimAcknowledged.run(this.client, { keys, args: {} });
    this.sample = await sampleGroup(this.client, stream, group);
  }

  private get client(): RedisClient {
    return this.parts.bus.connections.command('bus');
  }
}
