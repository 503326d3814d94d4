import { part } from './key-part.js';

/**
 * The keys of one shard of a job queue, in the order in which its scripts take them. All share a slot, so that one script
 * moves a job from any to any other. They are records: what they hold leaves by script, they themselves never expire.
 */
export const shardKeyNames = [
  /** Jobs to be picked up, one stream a priority, and those being run: pending in the group until they end. */
  'high',
  'normal',
  'low',
  /** Every tenant's own queue, one behind the other: zset of `<tenant>:<order>:<priority>:<id>`, all of score 0. */
  'waiting',
  /** Tenants whose jobs may be picked up, by turn; zset. */
  'turns',
  /** How many jobs of each tenant wait; hash. */
  'depth',
  /** How many jobs of each tenant are in the streams or being run; hash. */
  'inFlight',
  /** Who runs a job (32 hyphens: nobody), and where in the streams it is (`-`: in none): `<priority><token><tenant> <entry>`; hash. */
  'places',
  /** Jobs in the streams that nobody has picked up, by the time at which that is too long; zset. */
  'ready',
  /** Jobs being run, by the time at which they are given to others unless renewed; zset. */
  'leases',
  /** Jobs for later, by time: zset of `<tenant>:<priority>:<id>`. */
  'delayed',
  /** Jobs that must have begun or ended by a time; zset. */
  'deadlines',
  /** What is asked (`<id>`), what became of it (`s<id>`), and how far it is (`p<id>`); hash. */
  'jobs',
  /** Jobs that no attempt could do: zset of `<tenant>:<id>`, all of score 0. */
  'dead',
  /** Every job of which anything is kept: zset of `<tenant>:<id>`, all of score 0, so that a tenant's can be listed by age. */
  'listed',
  /** What is removed when; zset of `j<tenant>:<id>`, `d<tenant>:<id>`, `o<digest>`. */
  'expiry',
  /** Jobs not ended yet by the digest of their deduplication key; hash. */
  'dedup',
  /** Jobs by the digest of the idempotency key that they were submitted with: `<fingerprint> <id>`; hash. */
  'once',
  /** Tenants whose jobs are held back, `*` for all; hash. */
  'paused',
  /** The turn that was served last; hash. */
  'settings',
  /** Schedules: hash of `<tenant>:<name>`. */
  'schedules',
  /** When each schedule is due next; zset. */
  'ticks',
] as const;

export type ShardKeyName = (typeof shardKeyNames)[number];
export type ShardKeys = Readonly<Record<ShardKeyName, string>>;

/** Keys of the worker. Role `state`. */
export interface WorkerKeys {
  /** One shard of a queue; `{…}` marks its slot. */
  shard(queue: string, shard: number): ShardKeys;
}

export function workerKeys(prefix: string): WorkerKeys {
  const root = part('prefix', prefix);
  return {
    shard: (queue, shard) => {
      const slot = `${root}:queue:{${part('queue', queue)}:${part('shard', String(shard))}}`;
      return Object.fromEntries(shardKeyNames.map((name) => [name, `${slot}:${name}`])) as ShardKeys;
    },
  };
}
