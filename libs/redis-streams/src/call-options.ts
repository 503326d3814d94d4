export interface CallOptions {
  /** Milliseconds from now; the contract's own unless told. */
  deadlineMs?: number;
  tenant?: string;
  traceparent?: string;
  /** Stops waiting (and a streamed reply) when aborted. */
  signal?: AbortSignal;
}
