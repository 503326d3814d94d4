import { Injectable } from '@nestjs/common';
import type { ListedJob } from '#contracts';
import { QueueDirectory } from '../queue/queue-directory.service.js';
import { JobListRepository, type JobFilter, type JobPlace, type ListedPart } from './job-list.repository.js';
import { listedView } from './job-record.js';

export interface JobPage {
  readonly jobs: readonly ListedJob[];
  /** Behind which the next page begins; undefined at the end. */
  readonly next?: string;
}

/** A tenant's jobs of all queues, the latest first. */
@Injectable()
export class JobListService {
  constructor(
    private readonly directory: QueueDirectory,
    private readonly lists: JobListRepository,
  ) {}

  /**
   * A page may hold fewer than `limit`, even none, though there are more: what one call looks at is bounded, whatever the filter.
   * @throws ServiceError not_found for a queue that nobody has named
   */
  async page(tenant: string, filter: JobFilter & { readonly queue?: string }, place: JobPlace): Promise<JobPage> {
    const queues = filter.queue === undefined ? this.directory.queues.map(({ name }) => name) : [filter.queue];
    const shards = queues.map((name) => this.directory.shardFor(name, tenant));
    return merge(await Promise.all(shards.map((shard) => this.lists.list(shard, tenant, filter, place))), place.limit);
  }
}

/** Ids are in the order of time. What one part has not looked at yet may come before what another has found. */
function merge(parts: readonly ListedPart[], limit: number): JobPage {
  const borders = parts.flatMap(({ lookedTo }) => lookedTo ?? []);
  const border = borders.reduce((latest, id) => (id > latest ? id : latest), '');
  const sure = parts.flatMap(({ jobs }) => jobs).filter(({ asked }) => asked.id >= border);
  sure.sort((one, other) => (one.asked.id < other.asked.id ? 1 : -1));
  const jobs = sure.slice(0, limit).map(listedView);
  const next = sure.length > limit ? jobs.at(-1)!.id : border;
  return { jobs, ...(next !== '' && { next }) };
}
