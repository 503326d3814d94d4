import { faults } from './call-faults.js';
import type { CallObserver } from './pending-call.js';

interface Taker {
  readonly resolve: (result: IteratorResult<unknown>) => void;
  readonly reject: (error: Error) => void;
}

export interface StreamReceiverOptions {
  readonly topic: string;
  /** Frames that the handler may send before it gets a credit, and so the bound of the buffer. */
  readonly window: number;
  credit(mailbox: string, frames: number): void;
  /** The consumer stopped early. */
  cancel(mailbox: string | undefined): void;
}

/** The caller's end of a streamed reply: holds at most one window and grants credits as the consumer takes frames. */
export class StreamReceiver implements CallObserver, AsyncIterableIterator<unknown> {
  private readonly buffer: unknown[] = [];
  private readonly takers: Taker[] = [];
  private expected = 0;
  private taken = 0;
  private creditTo?: string;
  private finished = false;
  private error?: Error;

  constructor(private readonly options: StreamReceiverOptions) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  get mailbox(): string | undefined {
    return this.creditTo;
  }

  /** A handler that does not stream answers a stream of one. */
  onResult(data: unknown): void {
    this.deliver(data);
    this.finish();
  }

  onItem(sequence: number, data: unknown, creditTo: string | undefined): void {
    if (sequence < this.expected) return; // A reply that was sent twice.
    this.creditTo ??= creditTo;
    if (sequence > this.expected || this.buffer.length >= this.options.window) return this.breakOff();
    this.expected++;
    this.deliver(data);
  }

  onEnd(sequence: number): void {
    if (sequence === this.expected) this.finish();
    else this.breakOff();
  }

  onFault(error: Error): void {
    if (this.finished) return;
    this.error = error;
    this.finish();
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.buffer.length > 0) {
      const value = this.buffer.shift();
      this.grant();
      return Promise.resolve({ done: false, value });
    }
    if (this.finished) return this.last();
    return new Promise((resolve, reject) => this.takers.push({ resolve, reject }));
  }

  async return(): Promise<IteratorResult<unknown>> {
    if (!this.finished) this.options.cancel(this.creditTo);
    this.buffer.length = 0;
    this.error = undefined;
    this.finish();
    return { done: true, value: undefined };
  }

  private deliver(value: unknown): void {
    if (this.finished) return;
    const taker = this.takers.shift();
    if (!taker) return void this.buffer.push(value);
    taker.resolve({ done: false, value });
    this.grant();
  }

  /** Credits go back by the half window, so that they cost little and never run dry under a quick consumer. */
  private grant(): void {
    this.taken++;
    if (this.finished || !this.creditTo || this.taken < Math.max(this.options.window >> 1, 1)) return;
    this.options.credit(this.creditTo, this.taken);
    this.taken = 0;
  }

  private breakOff(): void {
    this.options.cancel(this.creditTo);
    this.onFault(faults.brokenStream(this.options.topic));
  }

  private finish(): void {
    if (this.finished) return;
    this.finished = true;
    for (const taker of this.takers.splice(0)) void this.last().then(taker.resolve, taker.reject);
  }

  /** The error is told once; after it the stream is over, as for any iterator. */
  private last(): Promise<IteratorResult<unknown>> {
    const error = this.error;
    this.error = undefined;
    return error ? Promise.reject(error) : Promise.resolve({ done: true, value: undefined });
  }
}
