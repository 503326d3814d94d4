import { Injectable } from '@nestjs/common';
import { JobsService } from '../job/jobs.service.js';
import { DeadLetterRepository } from '../queue/dead-letters.repository.js';
import { QueueDirectory } from '../queue/queue-directory.service.js';
import type { QueueShard } from '../queue/queue-shard.js';
import { ScheduleService } from '../schedule/schedule.service.js';
import { UserJobsRepository } from './user-jobs.repository.js';

const rounds = 2;

/** Forgets the jobs and schedules that were asked for on a user's behalf, whatever became of them. */
@Injectable()
export class UserJobsService {
  constructor(
    private readonly directory: QueueDirectory,
    private readonly found: UserJobsRepository,
    private readonly jobs: JobsService,
    private readonly letters: DeadLetterRepository,
    private readonly schedules: ScheduleService,
  ) {}

  /** Schedules go first, so that they make no more. Can be repeated. @returns how many jobs there were */
  async forget(tenant: string, userId: string): Promise<number> {
    let count = 0;
    for (const { record } of await this.schedules.list(tenant)) {
      if (record.caller?.userId === userId) await this.schedules.remove(tenant, record.name);
    }
    for (const shard of this.directory.shards) {
      // A job that ends or is cancelled may leave another, which tells its webhook; that one leaves none.
      for (let round = 0; round < rounds; round += 1) count += await this.forgetIn(shard, tenant, userId);
    }
    return count;
  }

  private async forgetIn(shard: QueueShard, tenant: string, userId: string): Promise<number> {
    const ids = await this.found.find(shard, tenant, userId);
    if (ids.length > 0) await this.letters.purge(shard, tenant, ids);
    for (const id of ids) {
      // Whoever runs it has lost it, and its result is dropped.
      await this.jobs.cancel(tenant, id);
      await this.found.forget(shard, tenant, id);
    }
    return ids.length;
  }
}
