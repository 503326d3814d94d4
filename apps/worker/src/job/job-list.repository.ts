import { Injectable } from '@nestjs/common';
import type { JobStatus } from '#contracts';
import { QueueRepository } from '../queue/queue.repository.js';
import type { QueueShard } from '../queue/queue-shard.js';
import { fromRedis } from '../worker.errors.js';
import { decodeState, type JobSpec, type StoredListedJob } from './job-record.js';

export interface JobFilter {
  readonly status?: JobStatus;
  readonly kind?: string;
  /** Jobs of this user alone. */
  readonly userId?: string;
}

export interface JobPlace {
  /** The id behind which to begin; the latest job when absent. */
  readonly after?: string;
  readonly limit: number;
}

/** Part of a shard's list, the latest first. */
export interface ListedPart {
  readonly jobs: readonly StoredListedJob[];
  /** What is older than this id was not looked at; undefined: everything was. */
  readonly lookedTo?: string;
}

const partsAJob = 4;

/** A tenant's jobs in a shard; role `state`. */
@Injectable()
export class JobListRepository {
  constructor(private readonly queues: QueueRepository) {}

  /** Looks at a bounded number of jobs, whatever the filter leaves of them. */
  async list(shard: QueueShard, tenant: string, filter: JobFilter, { after, limit }: JobPlace): Promise<ListedPart> {
    const { status = '', kind = '', userId } = filter;
    const user = userId === undefined ? '' : JSON.stringify(userId);
    const args = [tenant, after ?? '', limit, status, kind, user];
    const [lookedTo = '', ...parts] = (await fromRedis(() => this.queues.run('list-jobs', shard, args))) as string[];
    const jobs: StoredListedJob[] = [];
    for (let i = 0; i < parts.length; i += partsAJob) jobs.push(readJob(parts.slice(i, i + partsAJob)));
    return { jobs, ...(lookedTo !== '' && { lookedTo }) };
  }
}

function readJob([status, head = '', state = '', progress = '']: readonly string[]): StoredListedJob {
  const known = decodeState(state);
  return {
    status: status as JobStatus,
    asked: head === '' ? known.asked! : (JSON.parse(head) as Omit<JobSpec, 'payload'>),
    state: known,
    progress: progress === '' ? undefined : (JSON.parse(progress) as unknown),
  };
}
