import { Injectable } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { LarderConfig, newId, type QueueSettings } from '#service';
import { KindRegistry } from '../job/kind-registry.service.js';
import { idInShard, placeInId, queueTag, shardOfTenant, type Queue, type QueueShard } from './queue-shard.js';

/** Every queue that a kind or the configuration names, and where in them a tenant or a job is. */
@Injectable()
export class QueueDirectory {
  readonly queues: readonly Queue[];
  private readonly byName = new Map<string, readonly QueueShard[]>();
  private readonly byTag = new Map<string, readonly QueueShard[]>();
  private readonly tags = new Map<string, string>();

  constructor(config: LarderConfig, kinds: KindRegistry) {
    const configured = new Set(config.queues.map(({ name }) => name));
    const ofKinds = kinds.queues.filter((name) => !configured.has(name)).map((name) => ({ name }));
    this.queues = [...ofKinds, ...config.queues].map(settle);
    this.queues.forEach((queue) => this.enter(queue));
  }

  /** Every shard of every queue. */
  get shards(): readonly QueueShard[] {
    return [...this.byName.values()].flat();
  }

  /** Throws `not_found` for a queue that nobody has named. @param param what has named it */
  shardsOf(name: string, param?: string): readonly QueueShard[] {
    const shards = this.byName.get(name);
    if (!shards) {
      const details = { reason: 'queue_not_found', ...(param !== undefined && { param }) };
      throw new ServiceError('not_found', 'There is no such queue', details);
    }
    return shards;
  }

  shardFor(name: string, tenant: string, param?: string): QueueShard {
    const shards = this.shardsOf(name, param);
    return shards[shardOfTenant(tenant, shards.length)]!;
  }

  /** Where the job of this id would be; undefined for an id that no queue of ours has made. */
  shardOf(id: string): QueueShard | undefined {
    const { tag, shard } = placeInId(id);
    return this.byTag.get(tag)?.[shard];
  }

  newJobId({ queue, index }: QueueShard): string {
    return idInShard(newId(), this.tags.get(queue.name)!, index);
  }

  private enter(queue: Queue): void {
    const tag = queueTag(queue.name);
    if (this.byName.has(queue.name) || this.byTag.has(tag)) {
      throw new ServiceError('internal', `Queues need names that differ in more than they do: ${queue.name}`);
    }
    const shards = Array.from({ length: queue.shards }, (_, index) => ({ queue, index }));
    this.byName.set(queue.name, shards);
    this.byTag.set(tag, shards);
    this.tags.set(queue.name, tag);
  }
}

function settle(settings: QueueSettings): Queue {
  return {
    name: settings.name,
    shards: settings.shards ?? 1,
    concurrency: settings.concurrency ?? 32,
    tenantInFlight: settings.tenantInFlight ?? 24,
    tenantWaiting: settings.tenantWaiting ?? 1_000_000,
  };
}
