import { Injectable } from '@nestjs/common';
import { encodeSpec, priorityNumbers, type JobSpec } from '../job/job-record.js';
import { QueueRepository } from '../queue/queue.repository.js';
import type { QueueShard } from '../queue/queue-shard.js';
import { fromRedis } from '../worker.errors.js';
import type { FoundSchedule, ScheduleRecord } from './schedule-record.js';

/** Looked at together: each may be a megabyte. */
const mostDue = 10;

/** Schedules, in the shard of the jobs that they make. Records: they never expire. */
@Injectable()
export class ScheduleRepository {
  constructor(private readonly queues: QueueRepository) {}

  /** Both or neither is written; `tick` undefined: it does not run. @returns false where the tenant has so many others */
  async write(
    shard: QueueShard,
    record: ScheduleRecord,
    { tick, most }: { tick: number | undefined; most: number },
  ): Promise<boolean> {
    const { schedules, ticks } = this.queues.keysOf(shard);
    const field = fieldOf(record);
    const others = (await this.fields(shard, record.tenant)).filter((other) => other !== field);
    if (others.length >= most) return false;
    await this.transact((pipe) => {
      pipe.hset(schedules, field, JSON.stringify(record));
      if (tick === undefined) pipe.zrem(ticks, field);
      else pipe.zadd(ticks, tick, field);
    });
    return true;
  }

  /** Whether there was one. */
  async remove(shard: QueueShard, address: { tenant: string; name: string }): Promise<boolean> {
    const { schedules, ticks } = this.queues.keysOf(shard);
    const field = fieldOf(address);
    const [removed] = await this.transact((pipe) => pipe.hdel(schedules, field).zrem(ticks, field));
    return removed === 1;
  }

  async read(shard: QueueShard, address: { tenant: string; name: string }): Promise<FoundSchedule | undefined> {
    const [found] = await this.readAll(shard, [fieldOf(address)]);
    return found;
  }

  /** Those of one tenant. */
  async list(shard: QueueShard, tenant: string): Promise<FoundSchedule[]> {
    const fields = await this.fields(shard, tenant);
    const parts: FoundSchedule[] = [];
    for (let from = 0; from < fields.length; from += mostDue) {
      parts.push(...(await this.readAll(shard, fields.slice(from, from + mostDue))));
    }
    return parts;
  }

  async due(shard: QueueShard, now: number): Promise<FoundSchedule[]> {
    const { ticks } = this.queues.keysOf(shard);
    const fields = await fromRedis(() => this.queues.client.zrangebyscore(ticks, '-inf', now, 'LIMIT', 0, mostDue));
    return this.readAll(shard, fields);
  }

  /** Whether this call fired the tick: of several, one does. */
  async fire(shard: QueueShard, found: FoundSchedule, next: number, jobs: readonly JobSpec[]): Promise<boolean> {
    const { record, text, tick } = found;
    const args = [fieldOf(record), text, tick!, next, record.tenant, priorityNumbers[record.priority]];
    const specs = jobs.flatMap((job) => [job.id, encodeSpec(job)]);
    return (await fromRedis(() => this.queues.run('fire-schedule', shard, [...args, ...specs]))) === 1;
  }

  /** Of one tenant, in order; by the names alone, whatever their records weigh. */
  private async fields(shard: QueueShard, tenant: string): Promise<string[]> {
    const { schedules } = this.queues.keysOf(shard);
    const names = await fromRedis(() => this.queues.client.hkeys(schedules));
    return names.filter((name) => name.startsWith(`${tenant}:`)).sort();
  }

  private async readAll(shard: QueueShard, fields: readonly string[]): Promise<FoundSchedule[]> {
    if (fields.length === 0) return [];
    const { schedules, ticks } = this.queues.keysOf(shard);
    const [texts, scores] = (await this.transact((pipe) =>
      pipe.hmget(schedules, ...fields).zmscore(ticks, ...fields),
    )) as [(string | null)[], (string | null)[]];
    return texts.flatMap((text, index) => {
      const score = scores[index];
      const tick = score === null || score === undefined ? undefined : Number(score);
      return text === null ? [] : [{ record: JSON.parse(text) as ScheduleRecord, text, tick }];
    });
  }

  private async transact(fill: (pipe: ReturnType<QueueRepository['client']['multi']>) => unknown): Promise<unknown[]> {
    const pipe = this.queues.client.multi();
    fill(pipe);
    const replies = (await fromRedis(() => pipe.exec())) ?? [];
    return replies.map(([error, value]) => {
      if (error) throw error;
      return value;
    });
  }
}

function fieldOf({ tenant, name }: { tenant: string; name: string }): string {
  return `${tenant}:${name}`;
}
