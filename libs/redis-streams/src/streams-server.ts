import { identifierPattern } from '#contracts';
import { EventSubscription } from './event-subscription.js';
import { encodeReply } from './frames.js';
import type { HandlerExtras } from './handler-decorators.js';
import { InFlight } from './in-flight.js';
import { RequestReader } from './request-reader.js';
import { RequestRunner } from './request-runner.js';
import type { StreamsBus } from './streams-bus.js';
import { serviceOf } from './topics.js';
import { TransportServer } from './transport-server.js';

const tidyMs = 2_000;
const flushMs = 1_000;

/** NestJS server strategy on Redis Streams: reads the requests and events that this process has handlers for. */
export class StreamsServer extends TransportServer {
  override readonly transportId = Symbol('larder-streams');
  readonly requests: RequestReader[] = [];
  readonly subscriptions: EventSubscription[] = [];
  readonly inFlight: InFlight;
  private readonly runner: RequestRunner;
  isListening = false;
  private timer?: NodeJS.Timeout;
  private closing?: Promise<void>;

  constructor(private readonly bus: StreamsBus) {
    super();
    this.inFlight = new InFlight(bus.options.concurrency);
    const parts = {
      handlers: this.messageHandlers,
      inFlight: this.inFlight,
      wheel: bus.wheel,
      log: bus.log,
      creditTo: () => this.creditTo(),
      around: this.around.bind(this),
    };
    this.runner = new RequestRunner(parts, (mailbox, reply) =>
      bus.outbox.reply(bus.mailboxStream(mailbox), encodeReply(reply)),
    );
    bus.receivers.credit = (id, frames) => this.runner.grant(id, frames);
    bus.receivers.cancel = (id) => this.runner.cancel(id);
  }

  /** Requests that came too late to be run. */
  get expired(): number {
    return this.runner.expired;
  }

  get isClosed(): boolean {
    return this.closing !== undefined;
  }

  listen(callback: (error?: unknown) => void): void {
    try {
      if (this.bus.options.rpc === 'streams') this.readRequests();
      this.subscribe();
      this.isListening = true;
      callback();
    } catch (error) {
      callback(error);
    }
  }

  /** Stops reading, lets handlers finish within `drainMs`, sends their replies. Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.drain();
    return this.closing;
  }

  private async drain(): Promise<void> {
    clearInterval(this.timer);
    const { drainMs } = this.bus.options;
    const subscriptions = this.subscriptions.map((subscription) => subscription.close(drainMs));
    await Promise.all(this.requests.map((reader) => reader.loop.stop()));
    if (!(await this.inFlight.whenIdle(drainMs))) {
      this.bus.log.warn(`Closed before ${this.inFlight.count} handlers had finished`);
    }
    await this.bus.outbox.drain(flushMs);
    await Promise.all([...subscriptions, ...this.requests.map((reader) => reader.leave())]);
  }

  private creditTo(): string {
    this.bus.mailbox.open();
    return this.bus.mailbox.name;
  }

  private readRequests(): void {
    const { bus } = this;
    const { connections, outbox, seal, log, options, keys, identity } = bus;
    for (const service of this.services()) {
      const reader = new RequestReader({
        ...{ connections, outbox, seal, log },
        blockMs: options.blockMs,
        inFlight: this.inFlight,
        stream: keys.rpc(service),
        consumer: identity,
        receive: (frame) => this.runner.run(frame),
      });
      this.requests.push(reader);
      reader.loop.start();
    }
    this.timer = setInterval(() => void this.tidy(), tidyMs).unref();
  }

  private async tidy(): Promise<void> {
    await Promise.allSettled(this.requests.map((reader) => reader.tidy()));
  }

  private services(): Set<string> {
    const topics = [...this.messageHandlers].filter(([, handler]) => !handler.isEventHandler).map(([topic]) => topic);
    const services = new Set(topics.map(serviceOf));
    for (const service of services) {
      if (!identifierPattern.test(service)) throw new Error(`The pattern of an RPC is service.name, not ${service}`);
    }
    return services;
  }

  private subscribe(): void {
    for (const [topic, handler] of this.messageHandlers) {
      if (!handler.isEventHandler) continue;
      const group = (handler.extras as HandlerExtras | undefined)?.group ?? this.bus.options.service;
      const around = this.around.bind(this);
      const subscription = new EventSubscription({ bus: this.bus, topic, group, handler, around });
      this.subscriptions.push(subscription);
      subscription.start();
    }
  }
}
