import type { RpcContract } from '#contracts';
import type { CallWire } from './call-wire.js';
import { DeadlineWheel } from '#redis-connection';
import { ReplyKind, type ReplyFrame } from './frames.js';
import { InFlight } from './in-flight.js';
import { jsonCopy } from './json-copy.js';
import { randomId } from './random-id.js';
import { RequestRunner } from './request-runner.js';
import { RpcCaller } from './rpc-caller.js';
import type { CallOptions } from './call-options.js';
import type { RpcDispatcher } from './rpc-dispatcher.js';
import { transportLog } from './transport-log.js';
import type { ResolvedTransportOptions } from './transport-options.js';
import { TransportServer } from './transport-server.js';

/**
 * Answers RPCs from handlers in this process. Frames are encoded and decoded as on the bus, and caller and runner are the
 * same classes, so that deadlines, faults, late replies and back-pressure are the same too.
 */
export class LocalServer extends TransportServer implements RpcDispatcher {
  override readonly transportId = Symbol('larder-local');
  private readonly wheel = new DeadlineWheel();
  private readonly inFlight = new InFlight(Infinity);
  private readonly mailbox = randomId();
  private readonly caller: RpcCaller;
  private readonly runner: RequestRunner;

  constructor(private readonly options: ResolvedTransportOptions) {
    super();
    const caller = `${options.service}/${options.instance}`;
    this.caller = new RpcCaller(this.wire(), this.wheel, { ...options, caller });
    const parts = {
      handlers: this.messageHandlers,
      inFlight: this.inFlight,
      wheel: this.wheel,
      log: transportLog,
      creditTo: () => this.mailbox,
      around: this.around.bind(this),
    };
    this.runner = new RequestRunner(parts, (_mailbox, reply) => this.receive(reply));
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

  listen(callback: () => void): void {
    callback();
  }

  /** Waits for handlers in flight; calls are still answered, for whatever else is shutting down may need them. */
  async close(): Promise<void> {
    await this.inFlight.whenIdle(this.options.drainMs);
  }

  private wire(): CallWire {
    return {
      mailbox: this.mailbox,
      send: (request) => {
        this.runner.run({ ...request, data: jsonCopy(request.data) });
        return () => this.runner.cancel(request.id);
      },
      control: (_mailbox, frame) => this.receive(frame),
    };
  }

  private receive(frame: ReplyFrame): void {
    if (frame[1] === ReplyKind.credit) this.runner.grant(frame[0], frame[2]);
    else if (frame[1] === ReplyKind.cancel) this.runner.cancel(frame[0]);
    else this.caller.accept(isolated(frame));
  }
}

/** Caller and handler share no object, as if a bus lay between them. */
function isolated(frame: ReplyFrame): ReplyFrame {
  switch (frame[1]) {
    case ReplyKind.result:
      return [frame[0], ReplyKind.result, jsonCopy(frame[2])];
    case ReplyKind.next:
      return [frame[0], ReplyKind.next, frame[2], jsonCopy(frame[3]), frame[4]];
    case ReplyKind.error:
      return [frame[0], ReplyKind.error, jsonCopy(frame[2])];
    default:
      return frame;
  }
}
