import { Injectable } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { keepOnceMs } from '../queue/queue-times.js';
import { QueueRepository } from '../queue/queue.repository.js';
import type { QueueShard } from '../queue/queue-shard.js';
import { fromRedis } from '../worker.errors.js';
import { Adder } from './adder.js';
import type { AddReply, NewJob } from './new-job.js';
import { followUp } from './follow-up.js';
import {
  decodeSpec,
  decodeState,
  encodeState,
  priorityNumbers,
  type JobSpec,
  type JobState,
  type StoredJob,
} from './job-record.js';

const tries = 3;
/** In place of the token of who runs a job: see `queue-moves.lua`. */
const nobody = '-'.repeat(32);

/** Jobs as those see them who ask for them; role `state`. */
@Injectable()
export class JobRepository {
  private readonly adders = new Map<QueueShard, Adder>();

  constructor(private readonly queues: QueueRepository) {}

  /** Adds jobs of one shard in their order. A lost reply is asked for again; the script then knows what it has added. */
  add(shard: QueueShard, jobs: readonly NewJob[]): Promise<AddReply[]> {
    const adder = this.adders.get(shard) ?? new Adder((batch) => this.addBatch(shard, batch));
    this.adders.set(shard, adder);
    return adder.add(jobs);
  }

  private async addBatch(shard: QueueShard, jobs: readonly NewJob[]): Promise<AddReply[]> {
    const args = jobs.flatMap(encodeJob);
    const send = (again: number) =>
      this.queues.run('add-jobs', shard, [shard.queue.tenantWaiting, Date.now() + keepOnceMs, again, ...args]);
    const replies = (await fromRedis(() => persist(send))) as string[];
    return replies.map((reply) =>
      reply === 'added' || reply === 'mismatch' || reply === 'full' ? reply : { earlier: reply },
    );
  }

  /** The job of this id, whoever's it is; undefined where there is none (any more). */
  async read(shard: QueueShard, id: string): Promise<(StoredJob & { readonly spec?: JobSpec }) | undefined> {
    const keys = this.queues.keysOf(shard);
    const replies = await fromRedis(() =>
      this.queues.client.multi().hmget(keys.jobs, id, `s${id}`, `p${id}`).hget(keys.places, id).exec(),
    );
    const [spec, state, progress] = valueOf<(string | null)[]>(replies, 0);
    const place = valueOf<string | null>(replies, 1);
    if (spec) return this.found(shard, decodeSpec(spec), { state: decodeState(state), progress, place });
    const ended = decodeState(state);
    return ended.asked && { asked: ended.asked, state: ended, progress: undefined, where: 'ended' };
  }

  /** Ends a job from outside; false where it had ended before, or is being run and must not be. */
  async end(
    shard: QueueShard,
    spec: JobSpec,
    state: JobState,
    options: { until: number; unlessRun?: boolean },
  ): Promise<boolean> {
    const next = followUp(spec, state);
    const asked = [spec.id, spec.tenant, priorityNumbers[spec.priority], spec.dedup ?? '-'];
    const args = [
      ...asked,
      encodeState(state),
      options.until,
      options.unlessRun ? 1 : 0,
      next?.id ?? '',
      next?.spec ?? '',
    ];
    return (await fromRedis(() => this.queues.run('end-job', shard, args))) === 1;
  }

  /** Looks at a job's deadline at another time, or never (Infinity). */
  async moveDeadline(shard: QueueShard, id: string, by: number): Promise<void> {
    const key = this.queues.keysOf(shard).deadlines;
    const { client } = this.queues;
    await fromRedis<unknown>(() => (by === Infinity ? client.zrem(key, id) : client.zadd(key, 'XX', by, id)));
  }

  private async found(
    shard: QueueShard,
    spec: JobSpec,
    { state, progress, place }: { state: JobState; progress: string | null | undefined; place: string | null },
  ): Promise<StoredJob & { readonly spec: JobSpec }> {
    const where =
      place === null ? await this.waitsWhere(shard, spec) : place.slice(1, 33) === nobody ? 'waiting' : 'active';
    return { asked: spec, spec, state, progress: progress ? (JSON.parse(progress) as unknown) : undefined, where };
  }

  private async waitsWhere(shard: QueueShard, spec: JobSpec): Promise<'waiting' | 'delayed'> {
    const member = `${spec.tenant}:${priorityNumbers[spec.priority]}:${spec.id}`;
    const key = this.queues.keysOf(shard).delayed;
    return (await fromRedis(() => this.queues.client.zscore(key, member))) === null ? 'waiting' : 'delayed';
  }
}

async function persist(send: (again: number) => Promise<unknown>): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send(attempt > 1 ? 1 : 0);
    } catch (error) {
      if (attempt === tries || !isLostReply(error)) throw error;
    }
  }
}

/** The command may have been run: Redis did not say. */
function isLostReply(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'unavailable';
}

function encodeJob({ spec, text, at, once }: NewJob): string[] {
  const by = Math.min(spec.startBy ?? Infinity, spec.endBy ?? Infinity);
  const times = `${at} ${by === Infinity ? 0 : by}`;
  const digests = `${spec.dedup ?? '-'} ${once?.key ?? '-'} ${once?.fingerprint ?? '-'}`;
  const isPlain = at === 0 && by === Infinity && spec.dedup === undefined && once === undefined;
  const head = `${spec.id}${priorityNumbers[spec.priority]}:${spec.tenant}`;
  return [isPlain ? head : `${head} ${times} ${digests}`, text];
}

function valueOf<T>(replies: [error: Error | null, result: unknown][] | null, index: number): T {
  const [error, value] = replies?.[index] ?? [new Error('no reply'), undefined];
  if (error) throw error;
  return value as T;
}
