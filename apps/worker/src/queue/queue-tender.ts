import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '#service';
import { tooLate } from '../job/job-attempt.js';
import type { JobRepository } from '../job/job.repository.js';
import { deadlineOf, fail } from '../job/settle.js';
import { unknownKind, type KindRegistry } from '../job/kind-registry.service.js';
import type { QueueMetrics, QueueSample } from './queue-metrics.js';
import type { QueueShard } from './queue-shard.js';
import { keepDeadMs, mostKept, mostLostWorkers, type QueueTimes } from './queue-times.js';
import type { QueueRepository } from './queue.repository.js';

export interface TenderParts {
  readonly shard: QueueShard;
  readonly repository: QueueRepository;
  readonly jobs: JobRepository;
  readonly kinds: KindRegistry;
  readonly times: QueueTimes;
  readonly metrics: QueueMetrics;
  readonly log: Log;
  /** Fires the schedules that are due. */
  readonly fire: (shard: QueueShard) => Promise<void>;
}

type TendReply = readonly [
  nextMs: number,
  lost: number,
  schedulesDue: number,
  waiting: number,
  delayed: number,
  active: number,
  dead: number,
];

const mostAScript = 200;

/** Sees to one shard that what must happen does, although nobody asks. Every process does; the scripts let each thing happen once. */
export class QueueTender {
  private readonly stopping = new AbortController();
  private finished: Promise<void> | undefined;
  private failing = false;
  private counts: QueueSample['counts'] = { waiting: 0, delayed: 0, active: 0, dead: 0 };

  constructor(private readonly parts: TenderParts) {}

  /** What was in the shard when it was last seen to. */
  get sample(): QueueSample {
    return { queue: this.parts.shard.queue.name, counts: this.counts };
  }

  start(): void {
    this.finished ??= this.tendForEver();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.finished;
  }

  private async tendForEver(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const pauseMs = await this.tend().catch((error: unknown) => this.complain(error));
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Milliseconds until there is more to do. */
  private async tend(): Promise<number> {
    const { shard, repository, times, metrics, fire } = this.parts;
    const args = [mostLostWorkers, keepDeadMs, mostKept, mostAScript];
    const reply = (await repository.run('tend-queue', shard, args)) as [TendReply, ...string[]];
    const [[nextMs, lost, schedulesDue, waiting, delayed, active, dead], ...late] = reply;
    this.counts = { waiting, delayed, active, dead };
    if (lost > 0) metrics.lost.inc({ queue: shard.queue.name }, lost);
    for (const id of late) await this.endLate(id);
    if (schedulesDue === 1) await fire(shard);
    this.failing = false;
    return nextMs < 0 ? times.tendMs : Math.max(1, Math.min(nextMs, times.tendMs));
  }

  /** A job past its deadline that nobody runs; one that began in time has until its end. */
  private async endLate(id: string): Promise<void> {
    const { shard, jobs, kinds } = this.parts;
    const found = await jobs.read(shard, id);
    if (!found?.spec) return;
    const { spec, state } = found;
    const now = Date.now();
    const unbegun = state.attempts === 0 && !state.revived && spec.startBy !== undefined && spec.startBy <= now;
    const endBy = deadlineOf(spec, state);
    if (!unbegun && endBy > now) return jobs.moveDeadline(shard, id, endBy);
    const { retry, resultTtlMs } = kinds.find(spec.kind) ?? unknownKind;
    const late = tooLate(endBy > now ? 'begin' : 'end');
    const failed = fail(spec, state, late, { now, retry, resultTtlMs, keepDeadMs, chance: 0 });
    await jobs.end(shard, spec, failed.state!, { until: failed.at, unlessRun: true });
  }

  private complain(error: unknown): number {
    // Of an outage the connection tells; once is enough for anything else.
    if (!this.failing) this.parts.log.warn('a queue is not tended', { error, queue: this.parts.shard.queue.name });
    this.failing = true;
    return this.parts.times.tendMs * 4;
  }
}
