import type { RedisClient } from '#redis-connection';
import { createGroup, entriesOf, type StreamEntry } from './bus-connections.js';
import type { SubscriptionParts } from './subscription-parts.js';
import { EventAttempts } from './event-attempts.js';
import { EventRunner } from './event-runner.js';
import { EventSweeper } from './event-sweeper.js';
import { InFlight } from './in-flight.js';
import { ReadLoop } from './read-loop.js';
import { deleteIdleConsumers } from './stream-scripts.js';
import { eventOf } from './topics.js';
import type { EventStatus } from './transport-snapshot.js';

/** One service's subscription to one event: reads, runs, retries, and gives up to the dead letters. */
export class EventSubscription {
  readonly stream: string;
  readonly loop: ReadLoop;
  readonly inFlight: InFlight;
  private readonly attempts: EventAttempts;
  private readonly runner: EventRunner;
  private readonly sweeper: EventSweeper;

  constructor(private readonly parts: SubscriptionParts) {
    const { bus, topic, group } = parts;
    this.stream = bus.keys.event(eventOf(topic));
    const place = { stream: this.stream, group, consumer: bus.identity };
    this.inFlight = new InFlight(bus.options.events.concurrency);
    this.attempts = new EventAttempts(bus.connections, place);
    this.runner = new EventRunner({ ...parts, ...place, inFlight: this.inFlight, attempts: this.attempts });
    this.sweeper = new EventSweeper({
      ...parts,
      ...place,
      inFlight: this.inFlight,
      attempts: this.attempts,
      runner: this.runner,
    });
    this.loop = new ReadLoop({
      connections: bus.connections,
      blockMs: bus.options.blockMs,
      log: bus.log,
      purpose: `${this.stream} for ${group}`,
      ready: () => this.inFlight.whenFree(),
      turn: (client) => this.turn(client),
      onMissingGroup: () => createGroup(bus.connections, this.stream, group),
    });
  }

  start(): void {
    this.loop.start();
    this.sweeper.start();
  }

  get status(): EventStatus {
    const { lag, pending } = this.sweeper.sample;
    return { stream: this.stream, group: this.parts.group, lag, pending, inFlight: this.inFlight.count };
  }

  /** Stops reading, lets handlers finish, acknowledges, and leaves the group if it owes nothing. */
  async close(drainMs: number): Promise<void> {
    await Promise.all([this.loop.stop(), this.sweeper.stop()]);
    if (!(await this.inFlight.whenIdle(drainMs))) {
      this.parts.bus.log.warn(`Closed before ${this.inFlight.count} handlers of ${this.parts.topic} had finished`);
    }
    await this.attempts.flush();
    const { bus, group } = this.parts;
    const args = { group, idleMs: bus.options.events.consumerIdleMs, leaving: bus.identity };
    await deleteIdleConsumers
      .run(bus.connections.command('bus'), { keys: { stream: this.stream }, args })
      .catch(() => 0);
  }

  private async turn(client: RedisClient): Promise<void> {
    const { bus, group } = this.parts;
    const count = this.inFlight.free;
    const reply = await client.xreadgroup(
      ...([
        'GROUP',
        group,
        bus.identity,
        'COUNT',
        count,
        'BLOCK',
        bus.options.blockMs,
        'STREAMS',
        this.stream,
        '>',
      ] as const),
    );
    const entries: StreamEntry[] = entriesOf(reply);
    for (const entry of entries) this.runner.start(entry, 1);
  }
}
