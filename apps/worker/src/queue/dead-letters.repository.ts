import { Injectable } from '@nestjs/common';
import { decodeSpec, decodeState, priorityNumbers, type JobSpec, type JobState } from '../job/job-record.js';
import { fromRedis } from '../worker.errors.js';
import { QueueRepository } from './queue.repository.js';
import type { QueueShard } from './queue-shard.js';

export interface DeadLetter {
  readonly spec: JobSpec;
  readonly state: JobState;
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

  /** In the order of their ids, which is that of their making. */
  async list(shard: QueueShard, tenant: string, page: { after?: string; limit: number }): Promise<DeadLetter[]> {
    const { dead } = this.queues.keysOf(shard);
    const from = page.after === undefined ? `[${tenant}:` : `(${tenant}:${page.after}`;
    const range = () => this.queues.client.zrangebylex(dead, from, `(${tenant};`, 'LIMIT', 0, page.limit);
    return this.readAll(
      shard,
      (await fromRedis(range)).map((member) => member.slice(tenant.length + 1)),
    );
  }

  async read(shard: QueueShard, tenant: string, id: string): Promise<DeadLetter | undefined> {
    const { dead } = this.queues.keysOf(shard);
    const score = await fromRedis(() => this.queues.client.zscore(dead, `${tenant}:${id}`));
    return score === null ? undefined : (await this.readAll(shard, [id]))[0];
  }

  /** Gives them another life; returns how many there still were. */
  async revive(shard: QueueShard, tenant: string, letters: readonly DeadLetter[]): Promise<number> {
    const args = letters.flatMap(({ spec, state }) => {
      const revived: JobState = { attempts: 0, history: state.history ?? [], revived: true };
      return [spec.id, priorityNumbers[spec.priority], JSON.stringify(revived)];
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

  private async readAll(shard: QueueShard, ids: readonly string[]): Promise<DeadLetter[]> {
    if (ids.length === 0) return [];
    const { jobs } = this.queues.keysOf(shard);
    const values = await fromRedis(() => this.queues.client.hmget(jobs, ...ids.flatMap((id) => [id, `s${id}`])));
    return ids.flatMap((_, index) => {
      const spec = values[2 * index];
      return spec ? [{ spec: decodeSpec(spec), state: decodeState(values[2 * index + 1]) }] : [];
    });
  }
}
