import { Injectable } from '@nestjs/common';
import { Metrics } from '#service';

export interface QueueSample {
  readonly queue: string;
  readonly counts: Readonly<Record<'waiting' | 'delayed' | 'active' | 'dead', number>>;
}

/** What queues count; labels are queues, kinds and outcomes, which the configuration bounds. */
@Injectable()
export class QueueMetrics {
  readonly waited;
  private readonly attempts;
  /** By labels: to find them anew for each job costs more than to count it. */
  private readonly ends = new Map<string, { inc(): void }>();
  readonly lost;

  constructor(private readonly metrics: Metrics) {
    this.attempts = metrics.counter('larder_job_attempts_total', 'Attempts at jobs by how they ended', [
      'queue',
      'kind',
      'outcome',
    ]);
    const buckets = [0.002, 0.01, 0.05, 0.25, 1, 5, 30, 120, 600, 3_600];
    const help = 'Seconds from the submission of a job to its first attempt';
    this.waited = metrics.histogram('larder_job_wait_seconds', help, ['queue'], buckets);
    this.lost = metrics.counter('larder_jobs_lost_total', 'Jobs whose worker was not heard of in time', ['queue']);
  }

  countAttempt(queue: string, kind: string, outcome: string): void {
    const name = `${queue} ${kind} ${outcome}`;
    const counter = this.ends.get(name) ?? this.attempts.labels({ queue, kind, outcome });
    this.ends.set(name, counter);
    counter.inc();
  }

  watchRunning(read: () => readonly (readonly [queue: string, count: number])[]): void {
    this.metrics.gauge('larder_jobs_running', 'Jobs that this process runs', ['queue'], (gauge) =>
      read().forEach(([queue, count]) => gauge.set({ queue }, count)),
    );
  }

  /** Of each shard what its tender saw last. */
  watchWaiting(read: () => readonly QueueSample[]): void {
    const help = 'Jobs in a queue: waiting, delayed, active, dead';
    this.metrics.gauge('larder_queue_jobs', help, ['queue', 'state'], (gauge) => {
      gauge.reset();
      for (const { queue, counts } of read()) {
        for (const [state, count] of Object.entries(counts)) gauge.inc({ queue, state }, count);
      }
    });
  }

  watchConsuming(isConsuming: () => boolean): void {
    const help = 'Whether every queue is being read; 0: jobs wait although workers run';
    this.metrics.gauge('larder_jobs_consuming', help, [], (gauge) => gauge.set(isConsuming() ? 1 : 0));
  }
}
