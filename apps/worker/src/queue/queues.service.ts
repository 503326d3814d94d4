import { Injectable } from '@nestjs/common';
import { ServiceError, type JobView } from '#contracts';
import { viewOf } from '../job/job-record.js';
import { DeadLetterRepository, type DeadLetter } from './dead-letters.repository.js';
import { QueueDirectory } from './queue-directory.service.js';
import type { Queue, QueueShard } from './queue-shard.js';

export interface QueueView extends Queue {
  readonly paused: boolean;
  readonly waiting: number;
  /** Null of one tenant: late jobs are not counted by tenant. */
  readonly delayed: number | null;
  /** Of one tenant: those that lie ready included. */
  readonly active: number;
  readonly dead: number;
}

export interface DeadLetterViews {
  readonly data: readonly JobView[];
  /** Behind which the next page begins; undefined at the end. */
  readonly next?: string;
}

/** Letters that one call replays or purges at most; the answer says how many are left. */
const mostACall = 1_000;
const mostAScript = 100;

/** Queues as operators see them. A tenant is `*` for all of them. */
@Injectable()
export class QueuesService {
  constructor(
    private readonly directory: QueueDirectory,
    private readonly letters: DeadLetterRepository,
  ) {}

  list(tenant: string): Promise<QueueView[]> {
    return Promise.all(this.directory.queues.map((queue) => this.read(queue.name, tenant)));
  }

  async read(name: string, tenant: string): Promise<QueueView> {
    const shards = this.shardsFor(name, tenant);
    const counts = await Promise.all(shards.map((shard) => this.letters.counts(shard, tenant)));
    const sum = (member: 'waiting' | 'active' | 'dead') => counts.reduce((total, each) => total + each[member], 0);
    const delayed = counts.reduce<number | null>(
      (total, each) => (total === null || each.delayed === null ? null : total + each.delayed),
      0,
    );
    const { queue } = shards[0]!;
    const paused = counts.every((each) => each.paused);
    return { ...queue, paused, waiting: sum('waiting'), delayed, active: sum('active'), dead: sum('dead') };
  }

  async pause(name: string, tenant: string, paused: boolean): Promise<QueueView> {
    await Promise.all(this.shardsFor(name, tenant).map((shard) => this.letters.pause(shard, tenant, paused)));
    return this.read(name, tenant);
  }

  async deadLetters(name: string, tenant: string, page: { after?: string; limit: number }): Promise<DeadLetterViews> {
    const { letters, ...more } = await this.letters.list(this.directory.shardFor(name, tenant), tenant, page);
    return { data: letters.map(shown), ...more };
  }

  /** Replays one dead letter, or all. Throws `not_found` where the one is none. */
  async replay(name: string, tenant: string, id?: string): Promise<number> {
    const shard = this.directory.shardFor(name, tenant);
    return this.each(shard, tenant, id, (letters) => this.letters.revive(shard, tenant, letters));
  }

  /** Removes one dead letter for good, or all. Throws `not_found` where the one is none. */
  async purge(name: string, tenant: string, id?: string): Promise<number> {
    const shard = this.directory.shardFor(name, tenant);
    return this.each(shard, tenant, id, (letters) =>
      this.letters.purge(
        shard,
        tenant,
        letters.map(({ asked }) => asked.id),
      ),
    );
  }

  private async each(
    shard: QueueShard,
    tenant: string,
    id: string | undefined,
    work: (letters: readonly DeadLetter[]) => Promise<number>,
  ): Promise<number> {
    if (id !== undefined) {
      const letter = await this.letters.read(shard, tenant, id);
      if (!letter)
        throw new ServiceError('not_found', 'There is no such dead letter', { reason: 'dead_letter_not_found' });
      return work([letter]);
    }
    let count = 0;
    for (let after: string | undefined; count < mostACall;) {
      const page = { limit: mostAScript, ...(after !== undefined && { after }) };
      const { letters, next } = await this.letters.list(shard, tenant, page);
      if (letters.length > 0) count += await work(letters);
      if (next === undefined) break;
      after = next;
    }
    return count;
  }

  private shardsFor(name: string, tenant: string): readonly QueueShard[] {
    return tenant === '*' ? this.directory.shardsOf(name) : [this.directory.shardFor(name, tenant)];
  }
}

function shown({ asked, state }: DeadLetter): JobView {
  return viewOf({ asked, state, progress: null, where: 'ended' });
}
