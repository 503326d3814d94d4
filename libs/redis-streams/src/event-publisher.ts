import { ServiceError, type EventContract } from '#contracts';
import { faults } from './call-faults.js';
import { encodeEvent } from './frames.js';
import { randomId } from './random-id.js';
import type { StreamsBus } from './streams-bus.js';
import { eventOf } from './topics.js';

export interface PublishOptions {
  tenant?: string;
  traceparent?: string;
}

/** Events kept while no service has ever subscribed. */
const unsubscribedLength = 10_000;
const sampleMs = 1_000;

interface Backlog {
  length: number;
  sampledAt: number;
}

/** Tells every subscribing service of a fact, at least once each. */
export class EventPublisher {
  private readonly backlogs = new Map<string, Backlog>();

  constructor(private readonly bus: StreamsBus) {}

  /**
   * Settles when Redis has the event. Rejects with ServiceError `unavailable` when it surely or possibly has not, or when
   * too many wait; whoever publishes again then should expect the event to be handled twice.
   */
  publish<Payload extends object>(
    event: EventContract<Payload>,
    payload: Payload,
    options: PublishOptions = {},
  ): Promise<void> {
    return this.publishTopic(event.topic, payload, options);
  }

  /** As `publish`, for Nest's `emit`. */
  async publishTopic(topic: string, data: unknown, options: PublishOptions): Promise<void> {
    const stream = this.bus.keys.event(eventOf(topic));
    const { maxBacklog } = this.bus.options.events;
    if (this.backlogOf(stream).length >= maxBacklog) {
      throw new ServiceError('unavailable', `More than ${maxBacklog} events of ${topic} wait for their subscribers`);
    }
    const frame = { id: randomId(), topic, caller: this.bus.identity, deadline: 0, ...options, data };
    await new Promise<void>((resolve, reject) => {
      this.bus.outbox.append(stream, encodeEvent(frame), (error) => {
        if (!error) resolve();
        else reject(error instanceof ServiceError ? error : faults.unreachable(topic, error));
      });
    });
  }

  /** Sampled beside the publishing, so that the bound costs no round trip. */
  private backlogOf(stream: string): Backlog {
    let backlog = this.backlogs.get(stream);
    if (!backlog) this.backlogs.set(stream, (backlog = { length: 0, sampledAt: 0 }));
    const now = Date.now();
    if (now - backlog.sampledAt >= sampleMs) {
      backlog.sampledAt = now;
      void this.sample(stream, backlog);
    }
    return backlog;
  }

  private async sample(stream: string, backlog: Backlog): Promise<void> {
    const client = this.bus.connections.command('bus');
    try {
      backlog.length = await client.xlen(stream);
      if (backlog.length <= unsubscribedLength) return;
      const groups = (await client.xinfo('GROUPS', stream)) as unknown[];
      if (groups.length > 0) return;
      await client.xtrim(stream, 'MAXLEN', '~', unsubscribedLength);
      backlog.length = unsubscribedLength;
    } catch {
      // Redis is away: publishing says so.
    }
  }
}
