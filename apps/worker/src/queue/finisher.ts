import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '#redis-streams';
import { followUp } from '../job/follow-up.js';
import { encodeState } from '../job/job-record.js';
import type { Settlement } from '../job/settle.js';
import type { QueueRepository } from './queue.repository.js';
import type { QueueShard } from './queue-shard.js';
import { inParts } from './script-parts.js';
import type { TakenJob } from './shard-taker.repository.js';

/** Who ends attempts and takes other jobs in their place, while there are more than can be run. */
export interface Relay {
  readonly hasMore: boolean;
  relay(ends: readonly string[], most: number): Promise<number[]>;
}

interface Waiting {
  readonly args: readonly string[];
  readonly done: (ended: boolean) => void;
}

const mostAScript = 128;
const sizeOf = ({ args }: Waiting) => ({ count: 1, bytes: args.reduce((sum, arg) => sum + arg.length, 0) });
const firstPauseMs = 50;
const longestPauseMs = 2_000;

/** Ends attempts on one shard: those of one turn of the event loop together, in one script. */
export class Finisher {
  private waiting: Waiting[] = [];
  private stopped = false;

  constructor(
    private readonly shard: QueueShard,
    private readonly repository: QueueRepository,
    private readonly relay?: Relay,
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
    for (const batch of inParts(waiting, mostAScript, sizeOf)) void this.send(batch);
  }

  private async send(batch: readonly Waiting[]): Promise<void> {
    const ends = batch.flatMap((each) => each.args);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const replies = await this.end(ends, attempt === 1 ? batch.length : 0);
        batch.forEach(({ done }, index) => done(replies[index] === 1));
        return;
      } catch {
        // Connections tell of their own transitions.
        if (this.stopped) return batch.forEach(({ done }) => done(false));
        await sleep(backoffMs(attempt, firstPauseMs, longestPauseMs));
      }
    }
  }

  /** @param most how many others to take, where there are more than can be run */
  private async end(ends: readonly string[], most: number): Promise<number[]> {
    if (most > 0 && this.relay?.hasMore) return this.relay.relay(ends, most);
    const takesNone = ['', '', 0, 1];
    const [ended] = (await this.repository.run('finish-jobs', this.shard, [...takesNone, ...ends])) as [number[]];
    return ended;
  }
}

/** As `finish-jobs.lua` reads them. */
const letters: Readonly<Record<Settlement['what'], string>> = { end: 'e', dead: 'd', retry: 'g', return: 'g' };

function encode({ id, token, spec }: TakenJob, { what, at, state }: Settlement): string[] {
  const next = state && followUp(spec, state);
  const more = spec.dedup !== undefined || next ? ` ${spec.dedup ?? '-'} ${next?.id ?? '-'}` : '';
  const head = `${id}${token}${letters[what]}${at}${more}`;
  return [head, state ? encodeState(state) : '', next?.spec ?? ''];
}
