import { Injectable } from '@nestjs/common';
import { Metrics } from '#service';

/** What queues count; labels are queues, kinds and outcomes, which the configuration bounds. */
@Injectable()
export class QueueMetrics {
  readonly attempts;
  readonly waited;
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

  watchRunning(read: () => readonly (readonly [queue: string, count: number])[]): void {
    this.metrics.gauge('larder_jobs_running', 'Jobs that this process runs', ['queue'], (gauge) =>
      read().forEach(([queue, count]) => gauge.set({ queue }, count)),
    );
  }

  watchConsuming(isConsuming: () => boolean): void {
    const help = 'Whether every queue is being read; 0: jobs wait although workers run';
    this.metrics.gauge('larder_jobs_consuming', help, [], (gauge) => gauge.set(isConsuming() ? 1 : 0));
  }
}
