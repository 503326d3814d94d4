import { Injectable } from '@nestjs/common';
import type { LimitDefinition } from '#contracts';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { limitKeys, type LimitKeys } from '#redis-keys';
import { isGlobal, placeOf } from './counted-limit.js';
import type { LimitDemand } from './limit-demand.js';
import { limitScript } from './limit-script.js';
import type { TakeArguments } from './question-batch.js';

/** More KEYS and ARGV of a script that was made by `limitScript`: what `changeLimits` of change-limits.lua reads. */
export interface LimitArguments {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

const takeLimits = defineScript({
  name: 'take-limits',
  lua: limitScript('return numbersBytes(takeLimits(1, ARGV[1], ARGV[2]))'),
  keys: [],
  args: ['limits', 'asked'],
  binary: true,
});
const changeLimits = defineScript({
  name: 'change-limits',
  lua: limitScript('return changeLimits(1, 1)'),
  keys: [],
  args: [],
});

interface HeldKey {
  readonly tenant: string;
  readonly limit: LimitDefinition;
  readonly key: string;
}

const mostHeld = 20_000;

/** What limits have counted (role `state`); one slot a tenant, and one for all global limits. Every key expires. Faults are Redis' own. */
@Injectable()
export class LimitRepository {
  private readonly keys: LimitKeys;
  private readonly held = new Map<string, HeldKey>();

  constructor(private readonly connections: RedisConnections) {
    this.keys = limitKeys(connections.keyPrefix);
  }

  /** @param place what `placeOf` says of a counter */
  key(tenant: string, policy: string, limit: LimitDefinition, place: string): string {
    if (isGlobal(limit)) return this.keys.globalCounter(policy, limit.name, place);
    return this.keys.counter(tenant, policy, limit.name, place);
  }

  /** The key of a demand's counter; who asks again and again pays for one hash. */
  keyOf(tenant: string, { effective: { policy, limit }, counter }: LimitDemand): string {
    const known = this.held.get(counter);
    if (known?.limit === limit && known.tenant === tenant) return known.key;
    const key = this.key(tenant, policy, limit, placeOf(limit, counter));
    if (this.held.size >= mostHeld) this.held.clear();
    this.held.set(counter, { tenant, limit, key });
    return key;
  }

  /** The numbers that `takeLimits` of take-limits.lua returns. */
  async take({ keys, limits, asked }: TakeArguments): Promise<readonly number[]> {
    return readDoubles(
      await takeLimits.run(this.client, { keys: {}, args: { limits, asked }, more: { keys, args: [] } }),
    );
  }

  change(more: LimitArguments): Promise<readonly number[]> {
    return changeLimits.run(this.client, { keys: {}, args: {}, more }) as Promise<readonly number[]>;
  }

  /** Keys of one slot. */
  async forget(keys: readonly string[]): Promise<void> {
    await this.client.unlink(...keys);
  }

  private get client(): RedisClient {
    return this.connections.command('state');
  }
}

/** @param reply what `numbersBytes` of take-limits.lua made of numbers */
export function readDoubles(reply: unknown): readonly number[] {
  const { buffer, byteOffset, length } = reply as Buffer;
  const bytes = new DataView(buffer, byteOffset, length);
  const numbers: number[] = [];
  for (let at = 0; at < length; at += 8) numbers.push(bytes.getFloat64(at, true));
  return numbers;
}
