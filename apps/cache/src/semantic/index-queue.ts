type QueueOutcome = 'indexed' | 'failed' | 'dropped';

export interface IndexQueueOptions {
  /** Jobs under way at once. */
  readonly concurrency: number;
  /** Jobs that may wait; more are dropped: an entry that is not indexed is found by its exact text only. */
  readonly maxWaiting: number;
  readonly onOutcome: (outcome: QueueOutcome) => void;
}

/** Work that no caller waits for, bounded. A job's fault ends that job only. */
export class IndexQueue {
  private readonly waiting: (() => Promise<void>)[] = [];
  private underWay = 0;

  constructor(private readonly options: IndexQueueOptions) {}

  add(job: () => Promise<void>): void {
    if (this.waiting.length >= this.options.maxWaiting) {
      this.options.onOutcome('dropped');
      return;
    }
    this.waiting.push(job);
    this.start();
  }

  /** Jobs that have not ended. */
  get size(): number {
    return this.waiting.length + this.underWay;
  }

  private start(): void {
    if (this.underWay >= this.options.concurrency) return;
    const job = this.waiting.shift();
    if (!job) return;
    this.underWay += 1;
    // In a turn of its own: making a vector takes the processor, and whoever stored is to be answered first.
    setImmediate(() => void this.run(job));
  }

  private async run(job: () => Promise<void>): Promise<void> {
    let outcome: QueueOutcome = 'indexed';
    try {
      await job();
    } catch {
      outcome = 'failed';
    }
    this.underWay -= 1;
    this.options.onOutcome(outcome);
    this.start();
  }
}
