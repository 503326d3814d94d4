import type { RedisClient } from '#redis-connection';
import type { TransportKeys } from '#redis-keys';
import { entriesOf, frameOf, idAfter, type BusConnections } from './bus-connections.js';
import { decodeReplies, type ReplyFrame } from './frames.js';
import type { FrameSeal } from './frame-seal.js';
import type { Outbox } from './outbox.js';
import { randomId } from './random-id.js';
import { ReadLoop } from './read-loop.js';
import type { TransportLog } from './transport-log.js';

export interface MailboxParts {
  readonly connections: BusConnections;
  readonly keys: TransportKeys;
  readonly outbox: Outbox;
  readonly seal: FrameSeal;
  readonly log: TransportLog;
  readonly blockMs: number;
  readonly receive: (frame: ReplyFrame) => void;
}

const entriesPerRead = 256;
const beginning = '0-0';

/** This process's own stream, named by 128 random bits: replies to its calls and credits for its streamed replies. */
export class Mailbox {
  readonly name = randomId();
  private readonly stream: string;
  private readonly loop: ReadLoop;
  private lastId = beginning;
  /** Entries without the right signature, or that are none of ours. */
  refused = 0;

  constructor(private readonly parts: MailboxParts) {
    this.stream = parts.keys.reply(this.name);
    this.loop = new ReadLoop({ ...parts, purpose: 'replies', turn: (client) => this.turn(client) });
  }

  get isHealthy(): boolean {
    return !this.loop.started || this.loop.isConsuming;
  }

  /** Starts to read, on first use; what was sent before is still there. */
  open(): void {
    this.loop.start();
  }

  async close(): Promise<void> {
    if (!this.loop.started) return;
    await this.loop.stop();
    try {
      await this.parts.connections.command('bus').del(this.stream);
    } catch {
      // It expires by itself.
    }
  }

  private async turn(client: RedisClient): Promise<void> {
    const { blockMs } = this.parts;
    const reply = await client.xread('COUNT', entriesPerRead, 'BLOCK', blockMs, 'STREAMS', this.stream, this.lastId);
    const entries = entriesOf(reply);
    const last = entries.at(-1);
    if (!last) {
      // Whatever was read is deleted, so the beginning is as good; and right if the server's clock went back.
      this.lastId = beginning;
      return;
    }
    this.lastId = last[0];
    this.parts.outbox.trim(this.stream, idAfter(last[0]));
    for (const entry of entries) this.unpack(frameOf(entry));
  }

  private unpack(sealed: string | undefined): void {
    const text = sealed === undefined ? undefined : this.parts.seal.open(this.stream, sealed);
    const frames = text === undefined ? undefined : decodeReplies(text);
    if (!frames) {
      this.refused++;
      return;
    }
    for (const frame of frames) this.parts.receive(frame);
  }
}
