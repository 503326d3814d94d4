import { randomId } from './random-id.js';

/** Where RPC handlers run: behind Redis Streams, or in this process. Events always go over Streams. */
export type RpcMode = 'streams' | 'local';

export interface EventOptions {
  /** Handlers in flight for one event; 16 unless told. */
  concurrency?: number;
  /** Runs of one event before it becomes a dead letter; 5 unless told. */
  maxAttempts?: number;
  /** Wait before the first retry, doubled for each further one; 500 ms unless told. */
  backoffMs?: number;
  /** Longest wait between two attempts; 30 000 ms unless told. */
  maxBackoffMs?: number;
  /** The handler's deadline; 30 000 ms unless told. */
  deadlineMs?: number;
  /** After this long without a sign of life another replica takes an event over; 15 000 ms unless told. */
  claimIdleMs?: number;
  /** A replica not heard of for this long is forgotten; 300 000 ms unless told. */
  consumerIdleMs?: number;
  /** Publishing is refused while so many events wait; 100 000 unless told. */
  maxBacklog?: number;
  /** Pause between two rounds of retries, claims and trimming; 500 ms unless told. */
  sweepMs?: number;
}

export interface TransportOptions {
  /** The service's name: the default consumer group of its events and the `caller` that others see. */
  service: string;
  /** One process; random unless told. */
  instance?: string;
  rpc: RpcMode;
  /** With it every frame is signed by HMAC-SHA256, and a frame without the right signature is refused. */
  busSecret?: string;
  /** RPC handlers in flight in this process; 512 unless told. */
  concurrency?: number;
  /** Calls that may wait for a reply at once; more are refused as `unavailable`. 10 000 unless told. */
  maxOutstanding?: number;
  /** Frames of a streamed reply that may be under way before the consumer takes one; 32 unless told. */
  streamWindow?: number;
  /** How long one blocking read waits; 1 000 ms unless told. */
  blockMs?: number;
  /** How long close() waits for handlers in flight; 10 000 ms unless told. */
  drainMs?: number;
  events?: EventOptions;
}

export type ResolvedTransportOptions = Readonly<Required<Omit<TransportOptions, 'busSecret' | 'events'>>> & {
  readonly busSecret?: string;
  readonly events: Readonly<Required<EventOptions>>;
};

export function resolveOptions(options: TransportOptions): ResolvedTransportOptions {
  return {
    instance: randomId(),
    concurrency: 512,
    maxOutstanding: 10_000,
    streamWindow: 32,
    blockMs: 1_000,
    drainMs: 10_000,
    ...given(options),
    events: {
      concurrency: 16,
      maxAttempts: 5,
      backoffMs: 500,
      maxBackoffMs: 30_000,
      deadlineMs: 30_000,
      claimIdleMs: 15_000,
      consumerIdleMs: 300_000,
      maxBacklog: 100_000,
      sweepMs: 500,
      ...given(options.events ?? {}),
    },
  };
}

/** A member that is present and undefined means the default, as an absent one. */
function given<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
