import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { shardKeyNames, workerKeys, type ShardKeys } from '#redis-keys';
import type { QueueShard } from './queue-shard.js';
import { QueueTimes, readyWindow } from './queue-times.js';
import { ServerAbilities } from './server-abilities.repository.js';

const text = (name: string) => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8');
const moves = text('queue-moves');
const takes = text('queue-takes');
const takers: ReadonlySet<string> = new Set(['take-jobs', 'finish-jobs']);
const scriptNames = [
  'add-jobs',
  'end-job',
  'finish-jobs',
  'fire-schedule',
  'list-dead',
  'list-jobs',
  'pause-queue',
  'purge-dead',
  'renew-leases',
  'report-progress',
  'revive-dead',
  'take-jobs',
  'tend-queue',
] as const;
export type QueueScript = (typeof scriptNames)[number];

/** Each script for servers of Redis 7.0, and for those that can do more. */
function defineScripts(canAckDel: boolean) {
  const places = { keys: shardKeyNames, args: ['window', 'tenantInFlight', 'patienceMs', 'leaseMs'] } as const;
  const abilities = `local CAN_ACKDEL = ${canAckDel}\n`;
  const define = (name: QueueScript) =>
    [
      name,
      defineScript({ name, lua: abilities + moves + (takers.has(name) ? takes : '') + text(name), ...places }),
    ] as const;
  return new Map(scriptNames.map(define));
}
const [plainScripts, ableScripts] = [defineScripts(false), defineScripts(true)];

/** The scripts and keys of queue shards, in Redis (role `state`). */
@Injectable()
export class QueueRepository {
  private readonly keys = new Map<string, ShardKeys>();

  constructor(
    private readonly connections: RedisConnections,
    private readonly times: QueueTimes,
    private readonly abilities: ServerAbilities,
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
    const scripts = this.abilities.xackdel ? ableScripts : plainScripts;
    return scripts.get(script)!.run(client ?? this.client, input);
  }

  keysOf({ queue, index }: QueueShard): ShardKeys {
    const name = `${queue.name}:${index}`;
    const keys = this.keys.get(name) ?? workerKeys(this.connections.keyPrefix).shard(queue.name, index);
    this.keys.set(name, keys);
    return keys;
  }
}
