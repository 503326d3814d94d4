import { hostname } from 'node:os';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Log, newId, OwnChecks } from '#service';
import { JobRepository } from '../job/job.repository.js';
import { KindRegistry } from '../job/kind-registry.service.js';
import { ScheduleService } from '../schedule/schedule.service.js';
import { QueueDirectory } from './queue-directory.service.js';
import { QueueMetrics } from './queue-metrics.js';
import { QueueRunner } from './queue-runner.js';
import { QueueTender } from './queue-tender.js';
import { QueueTimes } from './queue-times.js';
import { QueueRepository } from './queue.repository.js';
import { ShardTakers } from './shard-taker.repository.js';

/** The jobs of this process: one runner a queue, one tender a shard. */
@Injectable()
export class QueueWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly runners: readonly QueueRunner[];
  private readonly tenders: readonly QueueTender[];
  private drained: Promise<void> | undefined;

  constructor(
    directory: QueueDirectory,
    repository: QueueRepository,
    jobs: JobRepository,
    kinds: KindRegistry,
    takers: ShardTakers,
    schedules: ScheduleService,
    times: QueueTimes,
    metrics: QueueMetrics,
    checks: OwnChecks,
    log: Log,
  ) {
    const consumer = `${hostname()
      .replace(/[^A-Za-z0-9_.-]/g, '-')
      .slice(0, 40)}-${newId()}`;
    const parts = { repository, kinds, times, metrics, log };
    this.runners = directory.queues.map((queue) => {
      const shards = directory.shardsOf(queue.name);
      return new QueueRunner({
        ...parts,
        queue,
        shards,
        openTaker: (options) => takers.open({ ...options, consumer }),
      });
    });
    const fire = schedules.fireDue.bind(schedules);
    this.tenders = directory.shards.map((shard) => new QueueTender({ ...parts, shard, jobs, fire }));
    const isUp = () => this.runners.every((runner) => runner.isConsuming);
    checks.add({ name: 'jobs', isUp });
    metrics.watchConsuming(isUp);
    metrics.watchWaiting(() => this.tenders.map((tender) => tender.sample));
    metrics.watchRunning(() => this.runners.map((runner) => [runner.name, runner.runningCount]));
  }

  onApplicationBootstrap(): void {
    this.runners.forEach((runner) => runner.start());
    this.tenders.forEach((tender) => tender.start());
  }

  /** Before connections close: what runs goes back to the queue, uncounted. */
  beforeApplicationShutdown(): Promise<void> {
    this.drained ??= this.drain();
    return this.drained;
  }

  private async drain(): Promise<void> {
    await Promise.all([
      ...this.runners.map((runner) => runner.drain()),
      ...this.tenders.map((tender) => tender.stop()),
    ]);
  }
}
