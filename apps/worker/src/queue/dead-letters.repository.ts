import { Injectable } from '@nestjs/common';
import {
  decodeSpec,
  decodeState,
  encodeState,
  priorityNumbers,
  type JobSpec,
  type JobState,
} from '../job/job-record.js';
import { fromRedis } from '../worker.errors.js';
import { QueueRepository } from './queue.repository.js';
import type { QueueShard } from './queue-shard.js';

export interface DeadLetter {
  readonly asked: Omit<JobSpec, 'payload'>;
  readonly state: JobState;
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[];
  /** Behind which the next page begins; undefined at the end. */
  readonly next?: string;
}

/** What a shard holds of one tenant, or (`*`) of all. */
export interface ShardCounts {
  readonly waiting: number;
  readonly delayed: number | null;
  readonly active: number;
  readonly dead: number;
  readonly paused: boolean;
}

/** Dead letters and counts of queues; role `state`. */
@Injectable()
export class DeadLetterRepository {
  constructor(private readonly queues: QueueRepository) {}

  /** In the order of their ids, which is that of their making. A page of large ones may be short. */
  async list(shard: QueueShard, tenant: string, page: { after?: string; limit: number }): Promise<DeadLetterPage> {
    const args = [tenant, page.after ?? '', page.limit];
    const [next = '', ...parts] = (await fromRedis(() => this.queues.run('list-dead', shard, args))) as string[];
    const letters: DeadLetter[] = [];
    for (let i = 0; i < parts.length; i += 2) {
      letters.push({ asked: JSON.parse(parts[i]!) as DeadLetter['asked'], state: decodeState(parts[i + 1]) });
    }
    return { letters, ...(next !== '' && { next }) };
  }

  async read(shard: QueueShard, tenant: string, id: string): Promise<DeadLetter | undefined> {
    const { dead, jobs } = this.queues.keysOf(shard);
    const score = await fromRedis(() => this.queues.client.zscore(dead, `${tenant}:${id}`));
    if (score === null) return undefined;
    const [spec, state] = await fromRedis(() => this.queues.client.hmget(jobs, id, `s${id}`));
    return spec ? { asked: decodeSpec(spec), state: decodeState(state) } : undefined;
  }

  /** Gives them another life; returns how many there still were. */
  async revive(shard: QueueShard, tenant: string, letters: readonly DeadLetter[]): Promise<number> {
    const args = letters.flatMap(({ asked, state }) => {
      const revived: JobState = { attempts: 0, history: state.history ?? [], revived: true };
      return [asked.id, priorityNumbers[asked.priority], encodeState(revived)];
    });
    return Number(await fromRedis(() => this.queues.run('revive-dead', shard, [tenant, ...args])));
  }

  async purge(shard: QueueShard, tenant: string, ids: readonly string[]): Promise<number> {
    return Number(await fromRedis(() => this.queues.run('purge-dead', shard, [tenant, ...ids])));
  }

  /** Holds a tenant's jobs back (`*`: all), or lets them go on. */
  async pause(shard: QueueShard, tenant: string, paused: boolean): Promise<void> {
    await fromRedis(() => this.queues.run('pause-queue', shard, [tenant, paused ? 1 : 0]));
  }

  async counts(shard: QueueShard, tenant: string): Promise<ShardCounts> {
    const keys = this.queues.keysOf(shard);
    const pipe = this.queues.client.multi().hmget(keys.paused, '*', tenant);
    if (tenant === '*')
      pipe.zcard(keys.waiting).zcard(keys.leases).zcard(keys.dead).zcard(keys.ready).zcard(keys.delayed);
    else {
      pipe.hget(keys.depth, tenant).hget(keys.inFlight, tenant);
      pipe.zlexcount(keys.dead, `[${tenant}:`, `(${tenant};`);
    }
    const [paused, ...counts] = ((await fromRedis(() => pipe.exec())) ?? []).map(([error, value]) => {
      if (error) throw error;
      return value;
    });
    const [waiting = 0, active = 0, dead = 0, ready = 0, delayed] = counts.map(Number);
    const isPaused = (paused as (string | null)[]).some((flag) => flag !== null);
    return { waiting: waiting + ready, active, dead, delayed: delayed ?? null, paused: isPaused };
  }
}
