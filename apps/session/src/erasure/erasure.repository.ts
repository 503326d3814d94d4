import { Injectable } from '@nestjs/common';
import type { ErasingService } from '#contracts';
import { RedisConnections, type RedisClient } from '#redis-connection';
import { sessionKeys, type SessionKeys } from '#redis-keys';
import { fromRedis } from '../session.errors.js';

/** A year: whoever was asked to forget somebody may have to show that they did. */
const keptMs = 31_556_952_000;

/** What one service has answered. */
export interface ErasureAnswer {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly removed: Readonly<Record<string, number>>;
  readonly leftForSeconds?: number;
}

export interface StoredReceipt {
  readonly userDigest: string;
  /** Epoch milliseconds. */
  readonly requestedAt: number;
  readonly answers: Readonly<Partial<Record<ErasingService, ErasureAnswer>>>;
}

const answerPrefix = 'answer:';

/** Receipts of erasures, in Redis (role `state`). They name the user by a digest. */
@Injectable()
export class ErasureRepository {
  private readonly keys: SessionKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = sessionKeys(connections.keyPrefix);
  }

  async open(tenant: string, erasureId: string, userDigest: string, requestedAt: number): Promise<void> {
    const key = this.keys.erasure(tenant, erasureId);
    const opening = this.client.multi().hset(key, { userDigest, requestedAt }).pexpire(key, keptMs);
    const replies = await fromRedis(() => opening.exec());
    const fault = replies?.find(([error]) => error)?.[0];
    if (fault) await fromRedis(() => Promise.reject(fault));
  }

  /** The first answer of a service stays; an answer to nothing that was asked is dropped. */
  async answer(tenant: string, erasureId: string, service: ErasingService, answer: ErasureAnswer): Promise<void> {
    const key = this.keys.erasure(tenant, erasureId);
    await fromRedis(async () => {
      if (await this.client.exists(key))
        await this.client.hsetnx(key, `${answerPrefix}${service}`, JSON.stringify(answer));
    });
  }

  async read(tenant: string, erasureId: string): Promise<StoredReceipt | undefined> {
    const members = await fromRedis(() => this.client.hgetall(this.keys.erasure(tenant, erasureId)));
    const { userDigest, requestedAt } = members;
    if (userDigest === undefined) return undefined;
    const answers = Object.entries(members)
      .filter(([name]) => name.startsWith(answerPrefix))
      .map(([name, json]) => [name.slice(answerPrefix.length), JSON.parse(json) as ErasureAnswer]);
    return {
      userDigest,
      requestedAt: Number(requestedAt),
      answers: Object.fromEntries(answers) as StoredReceipt['answers'],
    };
  }

  async remove(tenant: string, erasureId: string): Promise<void> {
    await fromRedis(() => this.client.unlink(this.keys.erasure(tenant, erasureId)));
  }

  private get client(): RedisClient {
    return this.connections.command('state');
  }
}
