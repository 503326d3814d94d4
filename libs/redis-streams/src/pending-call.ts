import type { Withdraw } from './call-wire.js';
import type { Expirable } from '#redis-connection';

/** Who waits for the outcome of a call: a promise, or a streamed reply. */
export interface CallObserver {
  onResult(data: unknown): void;
  onFault(error: Error): void;
  onItem?(sequence: number, data: unknown, creditTo: string | undefined): void;
  onEnd?(sequence: number): void;
}

/** One call under way; whatever comes first (reply, fault, deadline, abort) settles it, the rest is discarded. */
export class PendingCall implements Expirable {
  withdraw?: Withdraw;
  /** Stops listening to the caller's signal. */
  unlisten?: () => void;

  constructor(
    readonly id: string,
    readonly topic: string,
    readonly deadline: number,
    readonly observer: CallObserver,
    private readonly onExpire: (call: PendingCall) => void,
  ) {}

  expire(): void {
    this.onExpire(this);
  }
}
