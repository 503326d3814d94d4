import { BaseRpcContext } from '@nestjs/microservices';

export interface MessageMetadata {
  /** Epoch milliseconds at which the caller gives up. */
  readonly deadline: number;
  /** `<service>/<instance>` of the sender. */
  readonly caller: string;
  readonly tenant?: string;
  /** W3C trace context of the sender. */
  readonly traceparent?: string;
}

/** What a handler knows of one message besides its payload; Nest's `@Ctx()` injects it. */
export class RpcContext extends BaseRpcContext<[]> implements MessageMetadata {
  readonly deadline: number;
  readonly caller: string;
  readonly tenant?: string;
  readonly traceparent?: string;
  private controller?: AbortController;
  private reason?: Error;

  constructor(
    metadata: MessageMetadata,
    /** For an event: its id, the same in every attempt, and which attempt this is (from 1). */
    readonly event?: { readonly id: string; readonly attempt: number },
  ) {
    super([]);
    this.deadline = metadata.deadline;
    this.caller = metadata.caller;
    this.tenant = metadata.tenant;
    this.traceparent = metadata.traceparent;
  }

  /** Aborts when the deadline has passed or the caller stopped listening. Made on first use: most handlers never ask. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.reason) this.controller.abort(this.reason);
    return this.controller.signal;
  }

  get isAborted(): boolean {
    return this.reason !== undefined;
  }

  /** Called by the transport; the first reason stays. */
  abort(reason: Error): void {
    if (this.reason) return;
    this.reason = reason;
    this.controller?.abort(reason);
  }
}
