import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '#service';
import { JobAttempt } from '../job/job-attempt.js';
import { unknownKind, type KindRegistry, type SettledKind } from '../job/kind-registry.service.js';
import { settle, type Outcome, type Settlement } from '../job/settle.js';
import { Finisher, type Relay } from './finisher.js';
import type { QueueMetrics } from './queue-metrics.js';
import type { Queue, QueueShard } from './queue-shard.js';
import { keepDeadMs, type QueueTimes } from './queue-times.js';
import type { QueueRepository } from './queue.repository.js';
import type { TakenJob, TakerOptions } from './shard-taker.repository.js';
import { Slots } from './slots.js';

/** Who takes jobs of a shard and hands them on. */
export interface Taker extends Relay {
  readonly loop: { readonly hasConsumed: boolean; readonly isConsuming: boolean };
  start(): void;
  stop(): Promise<void>;
}

export interface RunnerParts {
  readonly queue: Queue;
  readonly shards: readonly QueueShard[];
  readonly kinds: KindRegistry;
  readonly repository: QueueRepository;
  readonly times: QueueTimes;
  readonly metrics: QueueMetrics;
  readonly log: Log;
  readonly openTaker: (options: Pick<TakerOptions, 'shard' | 'slots' | 'onJobs'>) => Taker;
}

/** What a drain waits for jobs that are about to end, in milliseconds; the others go back at once. */
const drainGraceMs = 500;
const unknown: Outcome = { how: 'faulty', code: 'unknown_job_kind', message: 'No worker here knows this kind of job' };

/** Runs the jobs of one queue in this process: takes, attempts, ends, and says meanwhile that it still does. */
export class QueueRunner {
  private readonly slots: Slots;
  private readonly takers: readonly Taker[];
  private readonly finishers = new Map<QueueShard, Finisher>();
  private readonly running = new Map<string, JobAttempt>();
  private readonly waited;
  private heart: NodeJS.Timeout | undefined;
  private beating = false;

  constructor(private readonly parts: RunnerParts) {
    this.slots = new Slots(parts.queue.concurrency);
    this.waited = parts.metrics.waited.labels({ queue: parts.queue.name });
    const onJobs = (jobs: TakenJob[]) => jobs.forEach((job) => void this.run(job));
    this.takers = parts.shards.map((shard) => {
      const taker = parts.openTaker({ shard, slots: this.slots, onJobs });
      // Shards share the slots: one that takes in the place of its own jobs would leave the others none.
      const relay = parts.shards.length === 1 ? taker : undefined;
      this.finishers.set(shard, new Finisher(shard, parts.repository, relay));
      return taker;
    });
  }

  get name(): string {
    return this.parts.queue.name;
  }

  get isConsuming(): boolean {
    return this.takers.every(({ loop }) => loop.hasConsumed && loop.isConsuming);
  }

  get runningCount(): number {
    return this.running.size;
  }

  start(): void {
    this.takers.forEach((taker) => taker.start());
    this.heart = setInterval(() => void this.beat(), this.parts.times.heartbeatMs);
  }

  /** Takes no more, and gives back what does not end by itself within a moment: the attempt does not count. */
  async drain(): Promise<void> {
    const stopped = Promise.all(this.takers.map((taker) => taker.stop()));
    this.slots.wake();
    await stopped;
    await this.untilIdle(drainGraceMs);
    this.running.forEach((attempt) => attempt.breakOff('draining'));
    await this.untilIdle(drainGraceMs);
    clearInterval(this.heart);
    this.finishers.forEach((finisher) => finisher.stop());
  }

  private async untilIdle(mostMs: number): Promise<void> {
    for (const end = Date.now() + mostMs; this.running.size > 0 && Date.now() < end;) await sleep(10);
  }

  /** Never rejects. */
  private async run(job: TakenJob): Promise<void> {
    const settled = this.parts.kinds.find(job.spec.kind);
    try {
      if (settled) await this.attempt(job, settled);
      else await this.end(job, unknownKind, unknown);
    } catch (error) {
      // A fault of the engine itself: the lease gives the job to another attempt.
      this.parts.log.error('a job could not be ended', { error, jobId: job.id });
    } finally {
      this.slots.release(1);
    }
  }

  private async attempt(job: TakenJob, settled: SettledKind): Promise<void> {
    const attempt = new JobAttempt(job, settled, this.parts.log);
    if (attempt.attempt === 1) this.waited.observe((Date.now() - job.spec.createdAt) / 1_000);
    this.running.set(job.token, attempt);
    try {
      const outcome = await attempt.run();
      if (outcome?.how === 'returned') await this.writeProgress([attempt]);
      await this.end(attempt.reported, settled, outcome);
    } finally {
      this.running.delete(job.token);
    }
  }

  private async end(job: TakenJob, settled: SettledKind, outcome: Outcome | undefined): Promise<void> {
    const { metrics, queue } = this.parts;
    const ended =
      outcome !== undefined && (await this.finishers.get(job.shard)!.finish(job, settleNow(job, settled, outcome)));
    metrics.countAttempt(queue.name, settled.name, ended ? outcome.how : 'lost');
  }

  /** One beat at a time: keeps the leases, tells who lost theirs, and writes what was reported since. */
  private async beat(): Promise<void> {
    if (this.beating || this.running.size === 0) return;
    this.beating = true;
    try {
      const attempts = [...this.running.values()];
      await Promise.all([this.writeProgress(attempts), ...this.byShard(attempts).map((group) => this.renew(...group))]);
    } catch {
      // Connections tell of their own transitions; the next beat may come through before the leases end.
    } finally {
      this.beating = false;
    }
  }

  private byShard(attempts: readonly JobAttempt[]): [QueueShard, JobAttempt[]][] {
    const groups = new Map<QueueShard, JobAttempt[]>();
    for (const attempt of attempts) {
      const { shard } = attempt.job;
      groups.set(shard, [...(groups.get(shard) ?? []), attempt]);
    }
    return [...groups];
  }

  private async renew(shard: QueueShard, attempts: readonly JobAttempt[]): Promise<void> {
    const args = attempts.flatMap(({ job }) => [job.id, job.token]);
    const held = (await this.parts.repository.run('renew-leases', shard, args)) as number[];
    attempts.forEach((attempt, index) => {
      if (held[index] !== 1) attempt.breakOff('lost');
    });
  }

  private async writeProgress(attempts: readonly JobAttempt[]): Promise<void> {
    const changed = attempts.filter(({ unwritten }) => unwritten !== undefined);
    for (const [shard, group] of this.byShard(changed)) {
      const args = group.flatMap(({ job, unwritten }) => [job.id, job.token, unwritten!]);
      group.forEach((attempt) => (attempt.unwritten = undefined));
      await this.parts.repository.run('report-progress', shard, args).catch(() => undefined);
    }
  }
}

function settleNow({ spec, state }: TakenJob, { retry, resultTtlMs }: SettledKind, outcome: Outcome): Settlement {
  return settle(spec, state, outcome, { now: Date.now(), retry, resultTtlMs, keepDeadMs, chance: Math.random() });
}
