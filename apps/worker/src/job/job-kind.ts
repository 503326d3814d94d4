import type { CallerOfService, MessageClass } from '#contracts';
import type { Log, Role } from '#service';

/** What a handler may know and do while it runs a job. */
export interface JobContext {
  readonly jobId: string;
  readonly tenant: string;
  /** On whose behalf: passed on with every call, so that limits count and sessions open as they would for them. */
  readonly caller: CallerOfService;
  /** From 1. */
  readonly attempt: number;
  /** The same for every attempt of a job: passed on, it makes a repeated effect one effect. */
  readonly idempotencyKey: string;
  /** W3C trace context of the job: passed on with every call. */
  readonly traceparent: string;
  /** When it was submitted; epoch milliseconds. */
  readonly submittedAt: number;
  /** Aborted when the attempt is out of time, the job was cancelled or lost to another worker, or this process stops. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** What the last progress report said, of an earlier attempt too: where to resume. */
  readonly lastProgress: unknown;
  /** Tells how far the job is; `{ done, total }` where that makes sense. At most 64 KiB as JSON; reports in quick succession are one. */
  progress(value: object): void;
}

/** How often, and after which pauses, a failed attempt is repeated. */
export interface RetryPolicy {
  /** Attempts in all, the first among them. */
  readonly attempts: number;
  readonly backoff: 'fixed' | 'exponential';
  /** Milliseconds before the second attempt; doubled for each further one by `exponential`. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** Share of the pause that is left to chance, 0–1. */
  readonly jitter: number;
}

/**
 * One kind of job. A handler returns the result (JSON, at most 1 MiB), or throws: `RetryAfter` and `PermanentFailure` say what
 * becomes of the job, a ServiceError that no repetition can heal is a permanent failure, anything else is a failed attempt.
 * Handlers run at least once: effects go by `idempotencyKey`.
 */
export interface JobKind<Payload extends object = object, Result = unknown> {
  readonly name: string;
  /** Checked (class-validator) when a job is submitted. */
  readonly payload: MessageClass<Payload>;
  /** Absent: the queue `default`. */
  readonly queue?: string;
  /** Absent members are the defaults' (4 attempts, exponential from 1 s to 60 s, jitter 0.5). */
  readonly retry?: Partial<RetryPolicy>;
  /** Milliseconds; 10 minutes unless told. */
  readonly attemptTimeoutMs?: number;
  /** How long the outcome can be read, in seconds; a day unless told. */
  readonly resultTtlSeconds?: number;
  /** Roles that a key needs beside `jobs` to order this; the payload has not been checked yet. */
  needs?(payload: object): readonly Role[];
  handle(payload: Payload, context: JobContext): Promise<Result>;
}

/** Where the kinds are given to the registry: `{ provide: jobKinds, useFactory: (...kinds) => kinds, inject: [ChatKind, …] }`. */
export const jobKinds = Symbol('jobKinds');

/** Told to wait, but not for how long. Milliseconds. */
export const defaultWaitMs = 10_000;
/** Budgets of days are asked after every so often: they may be raised meanwhile. Milliseconds. */
export const longestWaitMs = 900_000;

/** Not now: the job runs again after so long, and this attempt does not count. */
export class RetryAfter extends Error {
  override readonly name = 'RetryAfter';

  constructor(
    readonly afterMs: number,
    reason = 'told to wait',
  ) {
    super(reason);
  }
}

/** No repetition can help: the job ends as failed. The message is shown to whoever submitted it. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';

  constructor(
    message: string,
    readonly code = 'permanent_failure',
  ) {
    super(message);
  }
}
