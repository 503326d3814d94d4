import { inParts } from '../queue/script-parts.js';
import type { AddReply, NewJob } from './new-job.js';

const mostAScript = 250;

interface Order {
  readonly jobs: readonly NewJob[];
  readonly done: (replies: AddReply[]) => void;
  readonly fail: (fault: unknown) => void;
}

function sizeOf({ jobs }: Order): { count: number; bytes: number } {
  return { count: jobs.length, bytes: jobs.reduce((sum, { text }) => sum + text.length, 0) };
}

/** Adds jobs to one shard in their order: what is asked for in one turn of the event loop goes together, in scripts of bounded size. */
export class Adder {
  private waiting: Order[] = [];

  constructor(private readonly send: (jobs: readonly NewJob[]) => Promise<AddReply[]>) {}

  async add(jobs: readonly NewJob[]): Promise<AddReply[]> {
    return (
      await Promise.all(
        inParts(jobs, mostAScript, ({ text }) => ({ count: 1, bytes: text.length })).map((part) => this.order(part)),
      )
    ).flat();
  }

  private order(jobs: readonly NewJob[]): Promise<AddReply[]> {
    return new Promise((done, fail) => {
      this.waiting.push({ jobs, done, fail });
      if (this.waiting.length === 1) setImmediate(() => this.flush());
    });
  }

  private flush(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const orders of inParts(waiting, mostAScript, sizeOf)) void this.sendTogether(orders);
  }

  private async sendTogether(orders: readonly Order[]): Promise<void> {
    try {
      const replies = await this.send(orders.flatMap(({ jobs }) => jobs));
      let from = 0;
      for (const { jobs, done } of orders) done(replies.slice(from, (from += jobs.length)));
    } catch (fault) {
      for (const { fail } of orders) fail(fault);
    }
  }
}
