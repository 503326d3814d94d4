import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { outcomeOf } from '../job/fault-outcome.js';
import type { JobContext } from '../job/job-kind.js';
import { OutputRepository } from './output.repository.js';

const attempts = 4;
const firstPauseMs = 500;
const longestWaitMs = 60_000;
const outputSeconds = 86_400;

/** A part that cannot be done, whose line says so in its own way. */
export class FailedPart extends Error {
  override readonly name = 'FailedPart';

  constructor(readonly line: object) {
    super('the part failed');
  }
}

/** A job of many parts that do not depend on each other. */
export interface BulkWork<Part> {
  readonly parts: readonly Part[];
  readonly concurrency: number;
  /**
   * Does one part; what it returns becomes lines of the output.
   * @throws RetryAfter to be asked again later, PermanentFailure or FailedPart for a part that cannot be done; anything else is
   * repeated a few times.
   */
  work(part: Part, at: number): Promise<readonly object[]>;
  /** The line of a part that failed. */
  failure(part: Part, error: { readonly code: string; readonly message: string }, at: number): object;
}

export interface BulkResult {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** Runs a job's parts side by side, keeps each as soon as it is done, and goes on where an earlier attempt was. */
@Injectable()
export class BulkRunService {
  constructor(private readonly outputs: OutputRepository) {}

  /** @throws what the signal was aborted with, and faults of Redis: the job then goes on in another attempt. */
  async run<Part>(context: JobContext, work: BulkWork<Part>): Promise<BulkResult> {
    const run = new BulkRun(this.outputs, context, work);
    return run.whole();
  }
}

class BulkRun<Part> {
  private done = 0;
  private failed = 0;
  /** Somebody was told to wait: all do. Epoch milliseconds. */
  private pausedUntil = 0;
  private readonly address;
  private readonly stopping = new AbortController();

  constructor(
    private readonly outputs: OutputRepository,
    private readonly context: JobContext,
    private readonly work: BulkWork<Part>,
  ) {
    this.address = { tenant: context.tenant, jobId: context.jobId };
  }

  async whole(): Promise<BulkResult> {
    const { parts, concurrency } = this.work;
    const { signal } = this.context;
    const stop = () => this.stopping.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const before = await this.outputs.begin(this.address, parts.length);
    [this.done, this.failed] = [before.parts.size, before.failed];
    this.report();
    const left = [...parts.keys()].filter((at) => !before.parts.has(at)).values();
    try {
      await this.together(Array.from({ length: concurrency }, () => this.lane(left)));
    } finally {
      signal.removeEventListener('abort', stop);
    }
    await this.outputs.end(this.address, outputSeconds);
    return { total: parts.length, succeeded: this.done - this.failed, failed: this.failed };
  }

  /** Until all lanes have ended: one that fails ends the others first, so that nothing runs on behind the job's back. */
  private async together(lanes: readonly Promise<void>[]): Promise<void> {
    const ends = await Promise.allSettled(lanes);
    const fault = ends.find((end) => end.status === 'rejected');
    if (fault) throw fault.reason;
  }

  private async lane(left: Iterator<number>): Promise<void> {
    try {
      for (let next = left.next(); !next.done; next = left.next()) await this.one(next.value);
    } catch (error) {
      this.stopping.abort();
      throw error;
    }
  }

  private async one(at: number): Promise<void> {
    const part = this.work.parts[at]!;
    const { lines, failed } = await this.outcome(part, at);
    await this.outputs.keep(
      this.address,
      at,
      lines.map((line) => JSON.stringify(line)),
      failed,
    );
    this.done += 1;
    if (failed) this.failed += 1;
    this.report();
  }

  private async outcome(part: Part, at: number): Promise<{ lines: readonly object[]; failed: boolean }> {
    for (let attempt = 1; ;) {
      await this.pause();
      try {
        return { lines: await this.work.work(part, at), failed: false };
      } catch (error) {
        this.throwIfStopped();
        if (error instanceof FailedPart) return { lines: [error.line], failed: true };
        const fault = outcomeOf(error);
        if (fault.how === 'later') {
          this.pausedUntil = Math.max(this.pausedUntil, Date.now() + Math.min(fault.afterMs, longestWaitMs));
        } else if (fault.how === 'failed' || attempt === attempts) {
          const { code, message } = fault;
          return { lines: [this.work.failure(part, { code, message }, at)], failed: true };
        } else {
          await this.rest(firstPauseMs * 2 ** (attempt - 1));
          attempt += 1;
        }
      }
    }
  }

  private async pause(): Promise<void> {
    this.throwIfStopped();
    while (this.pausedUntil > Date.now()) await this.rest(this.pausedUntil - Date.now());
  }

  private async rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    this.throwIfStopped();
  }

  private throwIfStopped(): void {
    this.context.signal.throwIfAborted();
    this.stopping.signal.throwIfAborted();
  }

  private report(): void {
    this.context.progress({ done: this.done, failed: this.failed, total: this.work.parts.length });
  }
}
