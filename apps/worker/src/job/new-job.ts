import type { JobSpec } from './job-record.js';

/** A job to be made. */
export interface NewJob {
  readonly spec: JobSpec;
  /** The spec as it is kept. */
  readonly text: string;
  /** When it may begin; epoch milliseconds, 0 for now. */
  readonly at: number;
  /** Digest of the idempotency key, and of the order that came with it. */
  readonly once?: { readonly key: string; readonly fingerprint: string };
}

/** `{ earlier }`: an order with the same key has made that job. */
export type AddReply = 'added' | 'mismatch' | 'full' | { readonly earlier: string };
