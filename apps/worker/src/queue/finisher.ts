import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '#redis-streams';
import { followUp } from '../job/follow-up.js';
import type { Settlement } from '../job/settle.js';
import type { QueueRepository } from './queue.repository.js';
import type { QueueShard } from './queue-shard.js';
import type { TakenJob } from './shard-taker.repository.js';

interface Waiting {
  readonly args: readonly string[];
  readonly done: (ended: boolean) => void;
}

const mostAScript = 128;
const firstPauseMs = 50;
const longestPauseMs = 2_000;

/** Ends attempts on one shard: those of one turn of the event loop together, in one script. */
export class Finisher {
  private waiting: Waiting[] = [];
  private stopped = false;

  constructor(
    private readonly shard: QueueShard,
    private readonly repository: QueueRepository,
  ) {}

  /**
   * Whether the job was still ours to end. Tries on while Redis is away; a reply that was lost counts as not ours, because the
   * repeated script finds the job ended. The slots of this process bound how many wait.
   */
  finish(job: TakenJob, settlement: Settlement): Promise<boolean> {
    return new Promise((done) => {
      this.waiting.push({ args: encode(job, settlement), done });
      if (this.waiting.length === 1) setImmediate(() => void this.flush());
    });
  }

  /** Gives up on a Redis that is away; the leases then bring the jobs to others. */
  stop(): void {
    this.stopped = true;
  }

  private async flush(): Promise<void> {
    const waiting = this.waiting;
    this.waiting = [];
    for (let first = 0; first < waiting.length; first += mostAScript) {
      void this.send(waiting.slice(first, first + mostAScript));
    }
  }

  private async send(batch: readonly Waiting[]): Promise<void> {
    const args = batch.flatMap((each) => each.args);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const replies = (await this.repository.run('finish-jobs', this.shard, args)) as number[];
        batch.forEach(({ done }, index) => done(replies[index] === 1));
        return;
      } catch {
        // Connections tell of their own transitions.
        if (this.stopped) return batch.forEach(({ done }) => done(false));
        await sleep(backoffMs(attempt, firstPauseMs, longestPauseMs));
      }
    }
  }
}

function encode({ id, token, spec }: TakenJob, { what, at, state }: Settlement): string[] {
  const next = state && followUp(spec, state);
  const head = `${id} ${token} ${what} ${at} ${spec.dedup ?? '-'} ${next?.id ?? '-'}`;
  return [head, state ? JSON.stringify(state) : '', next?.spec ?? ''];
}
