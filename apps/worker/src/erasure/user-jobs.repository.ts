import { Injectable } from '@nestjs/common';
import { RedisConnections } from '#redis-connection';
import { outputKeys } from '#redis-keys';
import { decodeSpec, decodeState } from '../job/job-record.js';
import { QueueRepository } from '../queue/queue.repository.js';
import type { QueueShard } from '../queue/queue-shard.js';
import { fromRedis } from '../worker.errors.js';

const fieldsPerScan = 200;

/** A user's jobs in Redis (role `state`). There is no index of them: every job is looked at, for what happens seldom. */
@Injectable()
export class UserJobsRepository {
  constructor(
    private readonly queues: QueueRepository,
    private readonly connections: RedisConnections,
  ) {}

  /** Ids of the jobs of a shard, ended or not, that were asked for on behalf of this user. */
  async find(shard: QueueShard, tenant: string, userId: string): Promise<string[]> {
    const key = this.queues.keysOf(shard).jobs;
    const found = new Set<string>();
    let cursor = '0';
    do {
      const [next, flat] = await fromRedis(() => this.queues.client.hscan(key, cursor, 'COUNT', fieldsPerScan));
      cursor = next;
      for (let index = 0; index < flat.length; index += 2) {
        const asked = askedIn(flat[index]!, flat[index + 1]!);
        if (asked && asked.tenant === tenant && asked.userId === userId) found.add(asked.id);
      }
    } while (cursor !== '0');
    return [...found];
  }

  /** What became of an ended job, how far it was, and what it has brought forth. */
  async forget(shard: QueueShard, tenant: string, id: string): Promise<void> {
    const { client } = this.queues;
    const { jobs, listed } = this.queues.keysOf(shard);
    const output = outputKeys(this.connections.keyPrefix).output(tenant, id);
    await fromRedis(() =>
      Promise.all([
        client.multi().hdel(jobs, `s${id}`, `p${id}`).zrem(listed, `${tenant}:${id}`).exec(),
        client.unlink(output),
      ]),
    );
  }
}

/** A field is what was asked (`<id>`), what became of it (`s<id>`), or how far it is (`p<id>`). */
function askedIn(field: string, value: string) {
  if (field.startsWith('p')) return undefined;
  return field.startsWith('s') ? decodeState(value).asked : decodeSpec(value);
}
