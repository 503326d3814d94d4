import { createHash } from 'node:crypto';

/** A queue with every setting settled. */
export interface Queue {
  readonly name: string;
  readonly shards: number;
  readonly concurrency: number;
  readonly tenantInFlight: number;
  readonly tenantWaiting: number;
}

/** One part of a queue: its keys share a slot. */
export interface QueueShard {
  readonly queue: Queue;
  readonly index: number;
}

const tagDigits = 4;
const placeDigits = tagDigits + 2;

/** Four hexadecimal digits by which a job's id tells its queue. */
export function queueTag(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, tagDigits);
}

/** Writes queue and shard into the last digits of a new id, so that a job is found by its id alone; 50 bits of chance are left. */
export function idInShard(id: string, tag: string, shard: number): string {
  return id.slice(0, -placeDigits) + tag + shard.toString(16).padStart(2, '0');
}

export function placeInId(id: string): { readonly tag: string; readonly shard: number } {
  return { tag: id.slice(-placeDigits, -2), shard: parseInt(id.slice(-2), 16) };
}

/** The shard of a tenant: all of its jobs in a queue are in one, so that its caps and keys hold exactly (FNV-1a). */
export function shardOfTenant(tenant: string, shards: number): number {
  if (shards === 1) return 0;
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(tenant)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % shards;
}
