import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import type { RpcContract } from '#contracts';
import type { CallWire, Withdraw } from './call-wire.js';
import type { EventPublisher } from './event-publisher.js';
import { encodeReply, encodeRequest, type RequestFrame } from './frames.js';
import { RpcCaller } from './rpc-caller.js';
import type { CallOptions } from './call-options.js';
import type { RpcDispatcher } from './rpc-dispatcher.js';
import type { StreamsBus } from './streams-bus.js';

const plainDeadlineMs = 2_000;

/** NestJS client on Redis Streams; `RpcClient` calls by contract, `send` and `emit` by pattern as for any ClientProxy. */
export class StreamsClient extends ClientProxy implements RpcDispatcher {
  private readonly caller: RpcCaller;

  constructor(
    private readonly bus: StreamsBus,
    private readonly events: EventPublisher,
  ) {
    super();
    const { maxOutstanding, streamWindow } = bus.options;
    this.caller = new RpcCaller(this.wire(), bus.wheel, { caller: bus.identity, maxOutstanding, streamWindow });
    bus.receivers.reply = (frame) => this.caller.accept(frame);
  }

  get outstanding(): number {
    return this.caller.outstanding;
  }

  call(contract: RpcContract, request: object, options: CallOptions): Promise<unknown> {
    return this.caller.call(contract, request, options);
  }

  stream(contract: RpcContract, request: object, options: CallOptions): AsyncIterable<unknown> {
    return this.caller.stream(contract, request, options);
  }

  async connect(): Promise<void> {
    this.bus.mailbox.open();
  }

  async close(): Promise<void> {
    this.caller.close();
    await this.bus.close();
  }

  unwrap<T>(): T {
    throw new Error('The connections belong to RedisConnections');
  }

  protected publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    const abort = new AbortController();
    const topic = this.normalizePattern(packet.pattern as string);
    this.caller.call({ topic, deadlineMs: plainDeadlineMs }, packet.data, { signal: abort.signal }).then(
      (response) => callback({ response, isDisposed: true }),
      (err: unknown) => callback({ err }),
    );
    return () => abort.abort();
  }

  protected async dispatchEvent<T>(packet: ReadPacket): Promise<T> {
    await this.events.publishTopic(this.normalizePattern(packet.pattern as string), packet.data, {});
    return undefined as T;
  }

  private wire(): CallWire {
    return {
      mailbox: this.bus.mailbox.name,
      send: (frame, failed) => this.post(frame, failed),
      control: (mailbox, frame) => this.bus.outbox.reply(this.bus.mailboxStream(mailbox), encodeReply(frame)),
    };
  }

  private post(frame: RequestFrame, failed: (error: unknown) => void): Withdraw {
    this.bus.mailbox.open();
    const stream = this.bus.requestStream(frame.topic);
    let entryId: string | undefined;
    let withdrawn = false;
    this.bus.outbox.append(stream, encodeRequest(frame), (error, id) => {
      if (error) return failed(error);
      entryId = id;
      if (withdrawn && id) this.bus.outbox.delete(stream, id);
    });
    // While no replica runs, requests must not pile up behind callers that have given up.
    return () => {
      withdrawn = true;
      if (entryId) this.bus.outbox.delete(stream, entryId);
    };
  }
}
