import { UpstreamError } from './upstream-error.js';

/** Ends one call: when the client leaves, or when its time is over. Must be stopped when the call is done. */
export class CallClock {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly endsAt: number;
  private readonly onClientGone = (): void => this.controller.abort(this.client.reason);

  constructor(
    private readonly client: AbortSignal,
    totalMs: number,
    upstream: string,
  ) {
    const late = new UpstreamError('deadline_exceeded', `upstream "${upstream}" did not finish in time`, upstream);
    this.endsAt = performance.now() + totalMs;
    this.timer = setTimeout(() => this.controller.abort(late), totalMs);
    this.timer.unref();
    if (client.aborted) this.onClientGone();
    else client.addEventListener('abort', this.onClientGone, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get clientIsGone(): boolean {
    return this.client.aborted;
  }

  throwIfClientLeft(): void {
    this.client.throwIfAborted();
  }

  get remainingMs(): number {
    return this.endsAt - performance.now();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.client.removeEventListener('abort', this.onClientGone);
  }
}
