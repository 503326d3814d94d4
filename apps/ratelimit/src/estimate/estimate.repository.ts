import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { defineScript, RedisConnections } from '#redis-connection';
import { reservationKeys, type ReservationKeys } from '#redis-keys';
import { lengthClasses } from './output-lengths.js';

const countOutput = defineScript({
  name: 'count-output',
  lua: readFileSync(new URL('./count-output.lua', import.meta.url), 'utf8'),
  keys: ['lengths', 'models'],
  args: ['lengthClass', 'model', 'maxModels', 'halveAt', 'ttlMs'],
});

/** A tenant's models beyond that are not learned, until one of the others has not been used for a week. */
const maxModels = 1_000;
const halveAt = 2_000;
const ttlMs = 7 * 86_400_000;

/** How long the answers of each model were (role `state`), in one slot a tenant. */
@Injectable()
export class EstimateRepository {
  private readonly keys: ReservationKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = reservationKeys(connections.keyPrefix);
  }

  async count(tenant: string, model: string, lengthClass: number): Promise<void> {
    const hash = sha256(model);
    const keys = { lengths: this.keys.outputLengths(tenant, hash), models: this.keys.countedModels(tenant) };
    const args = { lengthClass, model: hash, maxModels, halveAt, ttlMs };
    await countOutput.run(this.connections.command('state'), { keys, args });
  }

  /** Answers by class of length. */
  async read(tenant: string, model: string): Promise<number[]> {
    const counts = await this.connections.command('state').hgetall(this.keys.outputLengths(tenant, sha256(model)));
    return Array.from({ length: lengthClasses }, (_, index) => Number(counts[String(index)] ?? 0) || 0);
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
