import {
  ArrayMaxSize,
  ArrayMinSize,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  IsUrl,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { defineRpc, replies } from './define-contract.js';
import { hex128Pattern, identifierPattern } from './identifiers.js';
import { Nested } from './nested.js';
import { sessionReaches, type SessionReach } from './session-message.js';

const service = 'worker';

export const jobPriorities = ['high', 'normal', 'low'] as const;
export type JobPriority = (typeof jobPriorities)[number];

/** `failed`: refused for good, or too late. `dead`: every attempt failed; kept among the dead letters. */
export const jobStatuses = ['waiting', 'delayed', 'active', 'succeeded', 'failed', 'dead', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** A year, in milliseconds: no delay and no deadline lies further off. */
export const furthestMs = 31_622_400_000;
export const maxJobsACall = 1_000;

/** A W3C trace context, version 00. */
export const traceparentPattern = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** What is asked of the worker. Times are milliseconds from now. */
export class JobOrder {
  @Matches(identifierPattern)
  kind: string;

  /** As the kind describes it; at most 4 MiB as JSON. */
  @IsObject()
  payload: object;

  /** Absent: the kind's own queue. */
  @IsOptional()
  @Matches(identifierPattern)
  queue?: string;

  @IsOptional()
  @IsIn(jobPriorities)
  priority?: JobPriority;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(furthestMs)
  delayMs?: number;

  /** It must have begun by then, or fails unbegun. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(furthestMs)
  waitDeadlineMs?: number;

  /** One attempt may take so long; absent: as the kind says. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(furthestMs)
  attemptTimeoutMs?: number;

  /** The whole job, waiting and every attempt, must have ended by then. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(furthestMs)
  deadlineMs?: number;

  /** While a job with this key has not ended, another is not made: the answer names the first. */
  @IsOptional()
  @IsString()
  @Length(1, 256)
  dedupKey?: string;

  /** Where to tell of its end. */
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  @MaxLength(2_048)
  webhook?: string;

  /** For whom, so that it can be erased with them. */
  @IsOptional()
  @IsString()
  @MaxLength(512)
  userId?: string;

  /** The API key that asks: what the job does counts for it. */
  @IsOptional()
  @Matches(identifierPattern)
  keyId?: string;

  /** What the key may see of sessions; `own`: it is pinned to `userId`. */
  @IsOptional()
  @IsIn(sessionReaches)
  reach?: SessionReach;

  /** The trace that the job belongs to; absent: one of its own. */
  @IsOptional()
  @Matches(traceparentPattern)
  traceparent?: string;

  /** The same key and order answer with the same job for a day; by API key, as everywhere. */
  @IsOptional()
  @IsString()
  @Length(1, 256)
  idempotencyKey?: string;
}

export class SubmitJobsRequest {
  @Matches(identifierPattern)
  tenant: string;

  @Nested(() => JobOrder, { each: true })
  @ArrayMinSize(1)
  @ArrayMaxSize(maxJobsACall)
  jobs: JobOrder[];
}

/** `repeated`: the job is one that an earlier order with the same key made. */
export interface SubmittedJob {
  readonly id: string;
  readonly status: JobStatus;
  readonly repeated: boolean;
}

/** Submits jobs in the order given; each is durable when the reply comes. A fault of one refuses all, before any is made. */
export const submitJobs = defineRpc({
  service,
  name: 'submitJobs',
  request: SubmitJobsRequest,
  reply: replies<{ readonly jobs: readonly SubmittedJob[] }>(),
});

export class JobAddress {
  @Matches(identifierPattern)
  tenant: string;

  @Matches(hex128Pattern)
  id: string;
}

/** One attempt that did not succeed. */
export interface AttemptNote {
  readonly attempt: number;
  /** ISO 8601. */
  readonly at: string;
  readonly code: string;
  readonly message: string;
}

/** A job as it is seen from outside. Times are ISO 8601 UTC. */
export interface JobView {
  readonly id: string;
  readonly kind: string;
  readonly queue: string;
  readonly status: JobStatus;
  readonly priority: JobPriority;
  /** Attempts begun that count; those given back by a drain or told to wait do not. */
  readonly attempts: number;
  /** What the kind reports: mostly `{ done, total }`. */
  readonly progress: unknown;
  readonly result: unknown;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** The last attempts that failed, at most ten. */
  readonly history: readonly AttemptNote[];
  /** W3C trace id, by which logs and traces of everything it caused are found. */
  readonly traceId: string;
  readonly createdAt: string;
  readonly endedAt: string | null;
}

/** A job as lists show it. */
export type ListedJob = Omit<JobView, 'result' | 'history'>;

/** The job, or null where this tenant has none of this id (any more). */
export const readJob = defineRpc({
  service,
  name: 'readJob',
  request: JobAddress,
  reply: replies<{ readonly job: JobView | null }>(),
});

/** Ends a job wherever it is; one being run hears of it within about a second. `cancelled: false`: it had ended before. */
export const cancelJob = defineRpc({
  service,
  name: 'cancelJob',
  request: JobAddress,
  reply: replies<{ readonly cancelled: boolean; readonly job: JobView | null }>(),
});
