import type { CallerOfService } from '#contracts';
import { DeadlineWheel, type Expirable } from '#redis-streams';
import type { Log } from '#service';
import type { TakenJob } from '../queue/shard-taker.repository.js';
import { outcomeOf } from './fault-outcome.js';
import type { JobContext } from './job-kind.js';
import { maxProgressBytes } from './job-record.js';
import { readPayload, type SettledKind } from './kind-registry.service.js';
import { deadlineOf, type Outcome } from './settle.js';

/** Why an attempt is broken off; `lost`: the job is another worker's by now, or was cancelled. */
export type BreakOff = 'timeout' | 'deadline' | 'lost' | 'draining';

const deadlines = new DeadlineWheel();
const mostFrames = 8;
const brokenOff: Readonly<Record<BreakOff, Outcome | undefined>> = {
  timeout: { how: 'faulty', code: 'attempt_timeout', message: 'The attempt took too long' },
  deadline: { how: 'failed', code: 'deadline_exceeded', message: 'The job did not end by its deadline' },
  lost: undefined,
  draining: { how: 'returned' },
};

/** One attempt at a job: runs the handler until it ends or is broken off, whichever is first. */
export class JobAttempt implements Expirable, JobContext {
  readonly deadline: number;
  readonly attempt: number;
  /** Reported and not written yet, as JSON. */
  unwritten: string | undefined;
  private last: unknown;
  private readonly cause: BreakOff;
  private controller: AbortController | undefined;
  private reason: BreakOff | undefined;
  private settle: ((outcome: Outcome | undefined) => void) | undefined;

  constructor(
    readonly job: TakenJob,
    private readonly settled: SettledKind,
    private readonly parentLog: Log,
  ) {
    const { spec, state } = job;
    this.attempt = state.attempts + 1;
    const byTimeout = Date.now() + (spec.attemptTimeoutMs ?? settled.attemptTimeoutMs);
    const byJob = deadlineOf(spec, state);
    this.deadline = Math.min(byTimeout, byJob);
    this.cause = byJob < byTimeout ? 'deadline' : 'timeout';
  }

  get jobId(): string {
    return this.job.id;
  }

  get tenant(): string {
    return this.job.spec.tenant;
  }

  get caller(): CallerOfService {
    const { keyId, userId, reach } = this.job.spec;
    return {
      ...(keyId !== undefined && { keyId }),
      ...(userId !== undefined && { userId }),
      ...(reach !== undefined && { reach }),
    };
  }

  get traceparent(): string {
    return this.job.spec.traceparent;
  }

  get submittedAt(): number {
    return this.job.spec.createdAt;
  }

  get idempotencyKey(): string {
    return `job-${this.job.id}`;
  }

  get lastProgress(): unknown {
    return this.job.progress ?? this.job.state.progress;
  }

  /** The job with what this attempt has reported of it. */
  get reported(): TakenJob {
    const { job, last } = this;
    const progress = last ?? job.progress;
    return progress === undefined ? job : { ...job, state: { ...job.state, progress } };
  }

  get log(): Log {
    const { id, spec } = this.job;
    const traceId = spec.traceparent.split('-')[1]!;
    return this.parentLog.child({ jobId: id, kind: spec.kind, attempt: this.attempt, traceId });
  }

  /** Made when it is first asked for: short handlers never do. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.reason && !this.controller.signal.aborted) this.controller.abort(new Error(this.reason));
    return this.controller.signal;
  }

  /** Bound, because handlers take their context apart. */
  readonly progress = (value: object): void => {
    const json = JSON.stringify(value);
    if (Buffer.byteLength(json) > maxProgressBytes) throw new RangeError('A progress report is larger than 64 KiB');
    this.unwritten = json;
    this.last = JSON.parse(json) as unknown;
  };

  /** Never rejects. Undefined: the job is not ours any more. */
  run(): Promise<Outcome | undefined> {
    const started = this.startOutcome();
    if (started) return Promise.resolve(started);
    return new Promise((resolve) => {
      this.settle = (outcome) => {
        this.settle = undefined;
        deadlines.delete(this);
        resolve(outcome);
      };
      deadlines.add(this);
      this.handle().then(
        (result) => this.settle?.({ how: 'succeeded', result }),
        (fault: unknown) => this.settle?.(this.told(fault)),
      );
    });
  }

  expire(): void {
    this.breakOff(this.cause);
  }

  /** The handler is told by its signal and not waited for: a deaf one must not hold the job. */
  breakOff(reason: BreakOff): void {
    if (!this.settle) return;
    this.reason = reason;
    this.controller?.abort(new Error(reason));
    this.settle(brokenOff[reason]);
  }

  /** Of a fault that is not for the outside the log tells where it was; messages may quote what somebody wrote. */
  private told(fault: unknown): Outcome {
    const outcome = outcomeOf(fault);
    if (outcome.how === 'faulty') {
      const { name = 'unknown', stack = '' } = fault instanceof Error ? fault : {};
      const at = stack
        .split('\n')
        .filter((line) => line.startsWith('    at '))
        .slice(0, mostFrames);
      this.log.warn('an attempt at a job failed', {
        code: outcome.code,
        fault: name,
        at: at.map((line) => line.trim()),
      });
    }
    return outcome;
  }

  private async handle(): Promise<unknown> {
    const { kind } = this.settled;
    return kind.handle(readPayload(kind, this.job.spec.payload), this);
  }

  /** What is too late before it begins. */
  private startOutcome(): Outcome | undefined {
    const { spec, state } = this.job;
    const now = Date.now();
    const unbegun = state.attempts === 0 && !state.revived;
    if (unbegun && spec.startBy !== undefined && now > spec.startBy) return tooLate('begin');
    return now > deadlineOf(spec, state) ? brokenOff.deadline : undefined;
  }
}

export function tooLate(what: 'begin' | 'end'): Outcome & { how: 'failed' } {
  return { how: 'failed', code: 'deadline_exceeded', message: `The job did not ${what} by its deadline` };
}
