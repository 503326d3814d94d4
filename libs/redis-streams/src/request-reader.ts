import type { RedisClient } from '#redis-connection';
import {
  createGroup,
  entriesOf,
  frameOf,
  idAfter,
  isAfter,
  type BusConnections,
  type StreamEntry,
} from './bus-connections.js';
import { decodeRequest, type RequestFrame } from './frames.js';
import type { FrameSeal } from './frame-seal.js';
import type { InFlight } from './in-flight.js';
import type { Outbox } from './outbox.js';
import { ReadLoop } from './read-loop.js';
import { deleteIdleConsumers } from './stream-scripts.js';
import type { TransportLog } from './transport-log.js';

export interface RequestReaderParts {
  readonly connections: BusConnections;
  readonly outbox: Outbox;
  readonly seal: FrameSeal;
  readonly inFlight: InFlight;
  readonly log: TransportLog;
  readonly blockMs: number;
  readonly stream: string;
  readonly consumer: string;
  readonly receive: (frame: RequestFrame) => void;
}

/** All replicas of a service are one group. */
const requestGroup = 'replicas';
const entriesPerRead = 256;
const consumerIdleMs = 300_000;

/**
 * Competes with the service's other replicas for its requests. Each is acknowledged by being read (NOACK) and then
 * deleted: a request is run at most once, and never by a second replica.
 */
export class RequestReader {
  readonly loop: ReadLoop;
  /** Requests that no replica has read yet, as of the last sample. */
  backlog = 0;
  /** Entries without the right signature, or that are no request. */
  refused = 0;
  private lastId = '0-0';

  constructor(private readonly parts: RequestReaderParts) {
    this.loop = new ReadLoop({
      ...parts,
      purpose: parts.stream,
      ready: () => parts.inFlight.whenFree(),
      turn: (client) => this.turn(client),
      onMissingGroup: () => createGroup(parts.connections, parts.stream, requestGroup),
    });
  }

  get stream(): string {
    return this.parts.stream;
  }

  /** Every round of the server: the backlog for health and metrics, and replicas that are gone are forgotten. */
  async tidy(): Promise<void> {
    const client = this.parts.connections.command('bus');
    this.backlog = await client.xlen(this.parts.stream);
    await this.forget('');
  }

  /** Nothing is pending in this group, so leaving it loses nothing. */
  async leave(): Promise<void> {
    await this.forget(this.parts.consumer).catch(() => undefined);
  }

  private async forget(leaving: string): Promise<void> {
    const args = { group: requestGroup, idleMs: consumerIdleMs, leaving };
    await deleteIdleConsumers.run(this.parts.connections.command('bus'), { keys: { stream: this.parts.stream }, args });
  }

  private async turn(client: RedisClient): Promise<void> {
    const { stream, consumer, inFlight, blockMs } = this.parts;
    const count = Math.min(inFlight.free, entriesPerRead);
    const group = ['GROUP', requestGroup, consumer] as const;
    const reply = await client.xreadgroup(...group, 'COUNT', count, 'BLOCK', blockMs, 'NOACK', 'STREAMS', stream, '>');
    const entries = entriesOf(reply);
    const last = entries.at(-1);
    if (!last) return;
    // The group delivers in order, so everything up to here has been delivered to some replica.
    this.parts.outbox.trim(stream, idAfter(last[0]));
    for (const entry of this.unseen(entries)) this.receive(entry);
    this.lastId = last[0];
  }

  /** A failover can bring back entries that were delivered before; what this replica has seen it does not run again. */
  private unseen(entries: StreamEntry[]): StreamEntry[] {
    const first = entries[0];
    if (!first || isAfter(first[0], this.lastId)) return entries;
    return entries.filter(([id]) => isAfter(id, this.lastId));
  }

  private receive(entry: StreamEntry): void {
    const sealed = frameOf(entry);
    const text = sealed === undefined ? undefined : this.parts.seal.open(this.parts.stream, sealed);
    const frame = text === undefined ? undefined : decodeRequest(text);
    if (frame) this.parts.receive(frame);
    else if (this.refused++ === 0)
      this.parts.log.warn(`Refused an entry of ${this.parts.stream}: not a request, or not signed`);
  }
}
