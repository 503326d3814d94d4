import { ServiceError, type RpcContract } from '#contracts';
import { faults } from './call-faults.js';
import type { CallWire } from './call-wire.js';
import type { DeadlineWheel } from '#redis-connection';
import { ReplyKind, type ReplyFrame, type RequestFrame } from './frames.js';
import { PendingCall, type CallObserver } from './pending-call.js';
import { randomId } from './random-id.js';
import type { CallOptions } from './call-options.js';
import type { RpcDispatcher } from './rpc-dispatcher.js';
import { StreamReceiver } from './stream-receiver.js';

export interface CallerOptions {
  readonly caller: string;
  readonly maxOutstanding: number;
  readonly streamWindow: number;
}

/** Every call of this process that waits for a reply. Whatever happens, each one settles by its deadline. */
export class RpcCaller implements RpcDispatcher {
  private readonly pending = new Map<string, PendingCall>();
  private closed = false;

  constructor(
    private readonly wire: CallWire,
    private readonly wheel: DeadlineWheel,
    private readonly options: CallerOptions,
  ) {}

  get outstanding(): number {
    return this.pending.size;
  }

  call(contract: Pick<RpcContract, 'topic' | 'deadlineMs'>, request: unknown, options: CallOptions): Promise<unknown> {
    return new Promise((onResult, onFault) => {
      this.start(contract, request, options, { onResult, onFault });
    });
  }

  /** Asks when it is first iterated, and anew for each iteration. */
  stream(
    contract: Pick<RpcContract, 'topic' | 'deadlineMs'>,
    request: unknown,
    options: CallOptions,
  ): AsyncIterable<unknown> {
    return {
      [Symbol.asyncIterator]: () => {
        const id = randomId();
        const receiver = new StreamReceiver({
          topic: contract.topic,
          window: this.options.streamWindow,
          credit: (mailbox, frames) => this.wire.control(mailbox, [id, ReplyKind.credit, frames]),
          cancel: () => this.abandon(id, faults.cancelled(contract.topic)),
        });
        this.start(contract, request, options, receiver, id);
        return receiver;
      },
    };
  }

  /** A reply from the wire; one that nobody waits for any more is discarded. */
  accept(frame: ReplyFrame): void {
    const call = this.pending.get(frame[0]);
    if (!call) return;
    switch (frame[1]) {
      case ReplyKind.result:
        this.remove(call);
        return call.observer.onResult(frame[2]);
      case ReplyKind.error:
        this.remove(call);
        return call.observer.onFault(ServiceError.fromWire(frame[2]));
      case ReplyKind.next:
        return call.observer.onItem?.(frame[2], frame[3], frame[4]);
      case ReplyKind.end:
        this.remove(call);
        return call.observer.onEnd?.(frame[2]);
      default:
    }
  }

  close(): void {
    this.closed = true;
    for (const call of this.pending.values()) this.settle(call, faults.closed(call.topic));
  }

  private start(
    contract: Pick<RpcContract, 'topic' | 'deadlineMs'>,
    request: unknown,
    options: CallOptions,
    observer: CallObserver,
    id = randomId(),
  ): void {
    const { topic } = contract;
    if (this.closed) return observer.onFault(faults.closed(topic));
    if (this.pending.size >= this.options.maxOutstanding) return observer.onFault(faults.tooMany(topic));
    if (options.signal?.aborted) return observer.onFault(faults.cancelled(topic));
    const deadline = Date.now() + (options.deadlineMs ?? contract.deadlineMs);
    const call = new PendingCall(id, topic, deadline, observer, (late) =>
      this.abandon(late.id, faults.deadline(topic)),
    );
    this.pending.set(id, call);
    this.wheel.add(call);
    if (options.signal) this.listen(call, options.signal);
    const frame: RequestFrame = {
      id,
      topic,
      deadline,
      replyTo: this.wire.mailbox,
      caller: this.options.caller,
      tenant: options.tenant,
      traceparent: options.traceparent,
      window: observer.onItem && this.options.streamWindow,
      data: request,
    };
    try {
      call.withdraw = this.wire.send(frame, (error) => this.settle(call, unreachable(topic, error)));
    } catch (error) {
      this.settle(call, unreachable(topic, error));
    }
  }

  private listen(call: PendingCall, signal: AbortSignal): void {
    const abort = () => this.abandon(call.id, faults.cancelled(call.topic));
    signal.addEventListener('abort', abort, { once: true });
    call.unlisten = () => signal.removeEventListener('abort', abort);
  }

  /** Stops waiting, and tells whoever may still work for it. */
  private abandon(id: string, fault: Error): void {
    const call = this.pending.get(id);
    if (!call) return;
    call.withdraw?.();
    const { observer } = call;
    if (observer instanceof StreamReceiver && observer.mailbox) {
      this.wire.control(observer.mailbox, [id, ReplyKind.cancel]);
    }
    this.settle(call, fault);
  }

  private settle(call: PendingCall, fault: Error): void {
    if (!this.pending.has(call.id)) return;
    this.remove(call);
    call.observer.onFault(fault);
  }

  private remove(call: PendingCall): void {
    this.pending.delete(call.id);
    this.wheel.delete(call);
    call.unlisten?.();
  }
}

function unreachable(topic: string, error: unknown): ServiceError {
  return error instanceof ServiceError ? error : faults.unreachable(topic, error);
}
