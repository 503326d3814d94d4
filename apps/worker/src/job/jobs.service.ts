import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ServiceError, type JobOrder, type JobView, type SubmittedJob } from '#contracts';
import { QueueDirectory } from '../queue/queue-directory.service.js';
import type { QueueShard } from '../queue/queue-shard.js';
import { encodeSpec, maxPayloadBytes, summaryOf, viewOf, type JobSpec, type JobState } from './job-record.js';
import { JobRepository } from './job.repository.js';
import { KindRegistry, unknownKind } from './kind-registry.service.js';
import type { AddReply, NewJob } from './new-job.js';
import { ownTrace } from './own-trace.js';

interface Prepared {
  readonly shard: QueueShard;
  readonly job: NewJob;
}

/** Jobs from the outside: submitted, looked at, cancelled. */
@Injectable()
export class JobsService {
  constructor(
    private readonly kinds: KindRegistry,
    private readonly directory: QueueDirectory,
    private readonly jobs: JobRepository,
  ) {}

  /** Every order is checked before the first job is made. Throws `conflict` for an idempotency key of another order, `rate_limited` where a queue is full. */
  async submit(tenant: string, orders: readonly JobOrder[]): Promise<SubmittedJob[]> {
    const now = Date.now();
    const prepared = orders.map((order, index) =>
      this.prepare(tenant, order, now, orders.length > 1 ? `jobs.${index}.` : ''),
    );
    const replies = await this.add(prepared);
    return Promise.all(prepared.map((each) => this.submitted(each, replies.get(each)!, now)));
  }

  /** Null where this tenant (or, if one is named, its user) has no such job (any more). */
  async read(tenant: string, id: string, userId?: string): Promise<JobView | null> {
    const found = await this.find(tenant, id, userId);
    return found ? viewOf(found) : null;
  }

  /** Ends a job wherever it is. */
  async cancel(tenant: string, id: string, userId?: string): Promise<{ cancelled: boolean; job: JobView | null }> {
    const found = await this.find(tenant, id, userId);
    if (!found?.spec) return { cancelled: false, job: found ? viewOf(found) : null };
    const { spec, state, where } = found;
    const now = Date.now();
    const attempts = state.attempts + (where === 'active' ? 1 : 0);
    const progress = found.progress ?? state.progress;
    const ended: JobState = { ...state, progress, attempts, status: 'cancelled', endedAt: now, asked: summaryOf(spec) };
    const { resultTtlMs } = this.kinds.find(spec.kind) ?? unknownKind;
    const cancelled = await this.jobs.end(this.directory.shardOf(id)!, spec, ended, { until: now + resultTtlMs });
    return { cancelled, job: await this.read(tenant, id) };
  }

  private async find(tenant: string, id: string, userId?: string) {
    const shard = this.directory.shardOf(id);
    const found = shard && (await this.jobs.read(shard, id));
    const isTheirs = found?.asked.tenant === tenant && (userId === undefined || found.asked.userId === userId);
    return isTheirs ? found : undefined;
  }

  private prepare(tenant: string, order: JobOrder, now: number, path: string): Prepared {
    const { kind, payload, priority = 'normal', delayMs = 0, idempotencyKey } = order;
    const settled = this.kinds.check(kind, payload, path);
    const shard = this.directory.shardFor(order.queue ?? settled.queue, tenant, `${path}queue`);
    checkTimes(order, path);
    const id = this.directory.newJobId(shard);
    const spec: JobSpec = {
      id,
      ...{ tenant, kind, queue: shard.queue.name, priority, createdAt: now, payload },
      traceparent: order.traceparent ?? ownTrace(id),
      ...(order.dedupKey !== undefined && { dedup: digest(`${tenant}\n${order.dedupKey}`) }),
      ...(order.waitDeadlineMs !== undefined && { startBy: now + order.waitDeadlineMs }),
      ...(order.deadlineMs !== undefined && { endBy: now + order.deadlineMs }),
      ...(order.attemptTimeoutMs !== undefined && { attemptTimeoutMs: order.attemptTimeoutMs }),
      ...(order.webhook !== undefined && { webhook: order.webhook }),
      ...(order.userId !== undefined && { userId: order.userId }),
      ...(order.keyId !== undefined && { keyId: order.keyId }),
      ...(order.reach !== undefined && { reach: order.reach }),
    };
    const once =
      idempotencyKey === undefined
        ? undefined
        : { key: digest(`${tenant}\n${order.keyId ?? ''}\n${idempotencyKey}`), fingerprint: fingerprint(order) };
    const text = encodeSpec(spec);
    checkSize(text, path);
    return { shard, job: { spec, text, at: delayMs > 0 ? now + delayMs : 0, ...(once && { once }) } };
  }

  private async add(prepared: readonly Prepared[]): Promise<Map<Prepared, AddReply>> {
    const byShard = new Map<QueueShard, Prepared[]>();
    for (const each of prepared) {
      const group = byShard.get(each.shard);
      if (group) group.push(each);
      else byShard.set(each.shard, [each]);
    }
    const replies = new Map<Prepared, AddReply>();
    for (const [shard, group] of byShard) {
      const found = await this.jobs.add(
        shard,
        group.map(({ job }) => job),
      );
      group.forEach((each, index) => replies.set(each, found[index]!));
    }
    return replies;
  }

  private async submitted({ job, shard }: Prepared, reply: AddReply, now: number): Promise<SubmittedJob> {
    if (reply === 'added') return { id: job.spec.id, status: job.at > now ? 'delayed' : 'waiting', repeated: false };
    if (reply === 'full') {
      throw new ServiceError('rate_limited', 'Too many jobs of this tenant wait in the queue', {
        reason: 'queue_full',
      });
    }
    if (reply === 'mismatch') {
      const message = 'This Idempotency-Key was used with another order';
      throw new ServiceError('conflict', message, { reason: 'idempotency_key_reused' });
    }
    const earlier = await this.jobs.read(shard, reply.earlier);
    return { id: reply.earlier, status: earlier ? viewOf(earlier).status : 'waiting', repeated: true };
  }
}

function checkTimes({ delayMs = 0, waitDeadlineMs, deadlineMs }: JobOrder, path: string): void {
  for (const [name, value] of Object.entries({ waitDeadlineMs, deadlineMs })) {
    if (value !== undefined && value <= delayMs) {
      throw new ServiceError('invalid_request', `${path}${name} must be later than delayMs`, {
        param: `${path}${name}`,
      });
    }
  }
}

/** The rest of a spec is small beside the payload. */
function checkSize(text: string, path: string): void {
  if (text.length * 3 <= maxPayloadBytes || Buffer.byteLength(text) <= maxPayloadBytes) return;
  const message = `${path}payload is larger than ${maxPayloadBytes} bytes as JSON`;
  throw new ServiceError('payload_too_large', message, { param: `${path}payload` });
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** The same for orders that ask for the same on behalf of the same user. */
function fingerprint({
  idempotencyKey: _,
  keyId: _key,
  reach: _reach,
  traceparent: _trace,
  ...order
}: JobOrder): string {
  const members = Object.entries(order).filter(([, value]) => value !== undefined);
  return digest(JSON.stringify(members.sort(([a], [b]) => (a < b ? -1 : 1))));
}
