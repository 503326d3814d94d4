import { Injectable } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { Log } from '#service';
import type { JobSpec } from '../job/job-record.js';
import { KindRegistry } from '../job/kind-registry.service.js';
import { ownTrace } from '../job/own-trace.js';
import { QueueDirectory } from '../queue/queue-directory.service.js';
import type { QueueShard } from '../queue/queue-shard.js';
import { cronFault, dueTicks, nextTick } from './cron.js';
import { LiveTenants } from './live-tenants.service.js';
import type { FoundSchedule, ScheduleRecord } from './schedule-record.js';
import { ScheduleRepository } from './schedule.repository.js';

export type ScheduleOrder = Omit<ScheduleRecord, 'queue' | 'changedAt'> & { readonly queue?: string };

/** A schedule's jobs are made again and again: what they ask for is small, or lies elsewhere. */
const mostBytes = 1_048_576;
const mostATenant = 1_000;

/** Jobs by the clock of a time zone. */
@Injectable()
export class ScheduleService {
  constructor(
    private readonly schedules: ScheduleRepository,
    private readonly directory: QueueDirectory,
    private readonly kinds: KindRegistry,
    private readonly tenants: LiveTenants,
    private readonly log: Log,
  ) {}

  /** Makes or replaces a schedule. One that is replaced in another queue leaves that one. */
  async write(order: ScheduleOrder): Promise<FoundSchedule> {
    const fault = cronFault(order.cron, order.timeZone);
    if (fault) throw new ServiceError('invalid_request', fault.message, { param: fault.param });
    const queue = order.queue ?? this.kinds.check(order.kind, order.payload).queue;
    this.kinds.check(order.kind, order.payload);
    if (Buffer.byteLength(JSON.stringify(order.payload)) > mostBytes) {
      const message = `The payload of a schedule may have ${mostBytes} bytes as JSON`;
      throw new ServiceError('payload_too_large', message, { param: 'payload' });
    }
    const now = Date.now();
    const record: ScheduleRecord = { ...order, queue, changedAt: now };
    const shard = this.directory.shardFor(queue, order.tenant);
    const tick = order.enabled ? nextTick(order.cron, order.timeZone, now) : undefined;
    if (!(await this.schedules.write(shard, record, { tick, most: mostATenant }))) {
      throw new ServiceError('conflict', `A tenant may have ${mostATenant} schedules in a queue`, {
        reason: 'too_many',
      });
    }
    await this.removeFrom(
      this.shardsOf(order.tenant).filter((other) => other.queue.name !== queue),
      order,
    );
    return { record, text: '', tick };
  }

  async read(tenant: string, name: string): Promise<FoundSchedule> {
    for (const shard of this.shardsOf(tenant)) {
      const found = await this.schedules.read(shard, { tenant, name });
      if (found) return found;
    }
    throw new ServiceError('not_found', 'There is no such schedule', { reason: 'schedule_not_found' });
  }

  async list(tenant: string): Promise<FoundSchedule[]> {
    const lists = await Promise.all(this.shardsOf(tenant).map((shard) => this.schedules.list(shard, tenant)));
    return lists.flat().sort((a, b) => (a.record.name < b.record.name ? -1 : 1));
  }

  /** Throws `not_found` where there is none. Jobs that it has made stay. */
  async remove(tenant: string, name: string): Promise<void> {
    const removed = await this.removeFrom(this.shardsOf(tenant), { tenant, name });
    if (!removed) throw new ServiceError('not_found', 'There is no such schedule', { reason: 'schedule_not_found' });
  }

  /** Fires what is due in a shard. Every process may call it: each tick makes its jobs once. */
  async fireDue(shard: QueueShard): Promise<void> {
    const now = Date.now();
    for (const found of await this.schedules.due(shard, now)) {
      // Somebody else may have fired it since: what is read then is the next tick, which is not due.
      if (found.tick !== undefined && found.tick <= now) await this.fire(shard, found, found.tick, now);
    }
  }

  private async fire(shard: QueueShard, found: FoundSchedule, tick: number, now: number): Promise<void> {
    const { record } = found;
    const { fire, next } = this.ticksOf(record, tick, now);
    // The tick passes all the same, so that the schedule goes on when somebody has a key again.
    const jobs = this.tenants.isLive(record.tenant) ? fire.map(() => this.jobOf(shard, record, now)) : [];
    await this.schedules.fire(shard, found, next, jobs);
  }

  /** A record that cannot be read any more (a zone that this system does not know) stops instead of holding the others. */
  private ticksOf(record: ScheduleRecord, tick: number, now: number): { fire: readonly number[]; next: number } {
    try {
      return dueTicks(record, tick, now);
    } catch (error) {
      this.log.error('a schedule has no next tick and stops', { error, tenant: record.tenant, schedule: record.name });
      return { fire: [tick], next: 0 };
    }
  }

  private jobOf(shard: QueueShard, record: ScheduleRecord, now: number): JobSpec {
    const { tenant, kind, queue, priority, payload } = record;
    const id = this.directory.newJobId(shard);
    const job = { id, tenant, kind, queue, priority, createdAt: now, payload, traceparent: ownTrace(id) };
    return { ...job, ...record.caller };
  }

  private shardsOf(tenant: string): QueueShard[] {
    return this.directory.queues.map(({ name }) => this.directory.shardFor(name, tenant));
  }

  private async removeFrom(shards: readonly QueueShard[], address: { tenant: string; name: string }): Promise<boolean> {
    const removed = await Promise.all(shards.map((shard) => this.schedules.remove(shard, address)));
    return removed.includes(true);
  }
}
