import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { shardKeyNames, workerKeys, type ShardKeys } from '#redis-keys';
import type { QueueShard } from './queue-shard.js';
import { QueueTimes, readyWindow } from './queue-times.js';

const text = (name: string) => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8');
const moves = text('queue-moves');
const scriptNames = [
  'add-jobs',
  'end-job',
  'finish-jobs',
  'fire-schedule',
  'pause-queue',
  'purge-dead',
  'renew-leases',
  'report-progress',
  'revive-dead',
  'take-jobs',
  'tend-queue',
] as const;
export type QueueScript = (typeof scriptNames)[number];

const scripts = new Map(
  scriptNames.map((name) => {
    const args = ['window', 'tenantInFlight', 'patienceMs', 'leaseMs'] as const;
    return [name, defineScript({ name, lua: moves + text(name), keys: shardKeyNames, args })];
  }),
);

/** The scripts and keys of queue shards, in Redis (role `state`). */
@Injectable()
export class QueueRepository {
  private readonly keys = new Map<string, ShardKeys>();

  constructor(
    private readonly connections: RedisConnections,
    private readonly times: QueueTimes,
  ) {}

  get client(): RedisClient {
    return this.connections.command('state');
  }

  /** Runs one script on one shard, by a client of one's own or the one of the process; lets faults of Redis through as they are. */
  run(
    script: QueueScript,
    shard: QueueShard,
    args: readonly (string | number)[],
    client?: RedisClient,
  ): Promise<unknown> {
    const { patienceMs, leaseMs } = this.times;
    const { tenantInFlight } = shard.queue;
    const named = { window: readyWindow, tenantInFlight, patienceMs, leaseMs };
    const input = { keys: this.keysOf(shard), args: named, more: { keys: [], args } };
    return scripts.get(script)!.run(client ?? this.client, input);
  }

  keysOf({ queue, index }: QueueShard): ShardKeys {
    const name = `${queue.name}:${index}`;
    const keys = this.keys.get(name) ?? workerKeys(this.connections.keyPrefix).shard(queue.name, index);
    this.keys.set(name, keys);
    return keys;
  }
}
