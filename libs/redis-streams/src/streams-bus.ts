import { transportKeys, type TransportKeys } from '#redis-keys';
import type { BusConnections } from './bus-connections.js';
import { DeadlineWheel } from '#redis-connection';
import { FrameSeal } from './frame-seal.js';
import { ReplyKind, type ReplyFrame } from './frames.js';
import { Mailbox } from './mailbox.js';
import { Outbox } from './outbox.js';
import { serviceOf } from './topics.js';
import { transportLog } from './transport-log.js';
import type { ResolvedTransportOptions } from './transport-options.js';

const maxMailboxes = 10_000;

/** Who in this process takes which frames of the mailbox. */
export interface FrameReceivers {
  reply?: (frame: ReplyFrame) => void;
  credit?: (id: string, frames: number) => void;
  cancel?: (id: string) => void;
}

/** What client and server of one process have in common: one mailbox, one outbox, one clock of deadlines. */
export class StreamsBus {
  readonly keys: TransportKeys;
  readonly seal: FrameSeal;
  readonly outbox: Outbox;
  readonly mailbox: Mailbox;
  readonly wheel = new DeadlineWheel();
  readonly log = transportLog;
  readonly receivers: FrameReceivers = {};
  private readonly requestStreams = new Map<string, string>();
  private readonly mailboxStreams = new Map<string, string>();
  private closing?: Promise<void>;

  constructor(
    readonly connections: BusConnections,
    readonly options: ResolvedTransportOptions,
  ) {
    this.keys = transportKeys(connections.keyPrefix);
    this.seal = new FrameSeal(options.busSecret);
    this.outbox = new Outbox(connections, this.seal);
    this.mailbox = new Mailbox({
      connections,
      keys: this.keys,
      outbox: this.outbox,
      seal: this.seal,
      log: this.log,
      blockMs: options.blockMs,
      receive: (frame) => this.receive(frame),
    });
  }

  /** `<service>/<instance>`: what others see as the caller, and the name of this process's consumers. */
  get identity(): string {
    return `${this.options.service}/${this.options.instance}`;
  }

  /** The stream of a service; its key is validated once. */
  requestStream(topic: string): string {
    let stream = this.requestStreams.get(topic);
    if (!stream) this.requestStreams.set(topic, (stream = this.keys.rpc(serviceOf(topic))));
    return stream;
  }

  /** The stream of a mailbox; the name comes from outside, its key is validated once. */
  mailboxStream(name: string): string {
    let stream = this.mailboxStreams.get(name);
    if (!stream) {
      if (this.mailboxStreams.size >= maxMailboxes) this.mailboxStreams.clear();
      this.mailboxStreams.set(name, (stream = this.keys.reply(name)));
    }
    return stream;
  }

  close(): Promise<void> {
    this.closing ??= this.mailbox.close().then(() => this.wheel.close());
    return this.closing;
  }

  private receive(frame: ReplyFrame): void {
    if (frame[1] === ReplyKind.credit) this.receivers.credit?.(frame[0], frame[2]);
    else if (frame[1] === ReplyKind.cancel) this.receivers.cancel?.(frame[0]);
    else this.receivers.reply?.(frame);
  }
}
