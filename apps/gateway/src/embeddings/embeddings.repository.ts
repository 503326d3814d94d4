import { Injectable } from '@nestjs/common';
import { RedisConnections, type RedisClient } from '#redis-connection';
import { gatewayKeys } from '#redis-keys';
import { ServiceEnv } from '#service';
import { decodeKept, encodeKept, type KeptVector } from './kept-vector.js';

/** So many vectors in one round trip: a megabyte or so, which arrives well within a command's time. */
const atOnce = 256;

export interface VectorsRead {
  readonly kept: ReadonlyMap<string, KeptVector>;
  /** Redis did not answer for all of them. */
  readonly isAway: boolean;
}

/** Vectors in Redis, in the cache role; keys are SHA-256. Never rejects: Redis away means that nothing is kept. */
@Injectable()
export class EmbeddingsRepository {
  constructor(
    private readonly connections: RedisConnections,
    private readonly env: ServiceEnv,
  ) {}

  /** One command a key, written together: keys of different slots cannot share one. */
  async read(tenant: string, keys: readonly string[]): Promise<VectorsRead> {
    const kept = new Map<string, KeptVector>();
    for (let from = 0; from < keys.length; from += atOnce) {
      const part = keys.slice(from, from + atOnce);
      const values = await Promise.allSettled(
        part.map((key) => this.client.getBuffer(this.keys.embedding(tenant, key))),
      );
      for (const [at, value] of values.entries()) {
        const found = value.status === 'fulfilled' && value.value ? decodeKept(value.value) : undefined;
        if (found) kept.set(part[at]!, found);
      }
      if (values.some(({ status }) => status === 'rejected')) return { kept, isAway: true };
    }
    return { kept, isAway: false };
  }

  /** @returns whether all were kept. */
  async write(tenant: string, vectors: ReadonlyMap<string, KeptVector>, ttlSeconds: number): Promise<boolean> {
    const entries = [...vectors];
    for (let from = 0; from < entries.length; from += atOnce) {
      const part = entries.slice(from, from + atOnce);
      const writes = part.map(([key, kept]) =>
        this.client.set(this.keys.embedding(tenant, key), encodeKept(kept), 'EX', ttlSeconds),
      );
      const done = await Promise.allSettled([...writes, this.list(tenant, part)]);
      if (done.some(({ status }) => status === 'rejected')) return false;
    }
    await this.makeRoom(tenant, ttlSeconds).catch(() => undefined);
    return true;
  }

  private async list(tenant: string, part: readonly (readonly [string, KeptVector])[]): Promise<void> {
    const index = this.keys.embeddingIndex(tenant);
    await this.client.zadd(index, ...part.flatMap(([key, { expiresAt }]) => [expiresAt, key]));
  }

  /** Expired vectors leave the list, and those that expire first leave altogether where there are too many. */
  private async makeRoom(tenant: string, ttlSeconds: number): Promise<void> {
    const index = this.keys.embeddingIndex(tenant);
    // The list lasts as long as its longest member: one command gives it an end, the other moves it.
    await this.client.expire(index, ttlSeconds, 'NX');
    await this.client.expire(index, ttlSeconds, 'GT');
    await this.client.zremrangebyscore(index, '-inf', Math.floor(Date.now() / 1_000));
    const excess = (await this.client.zcard(index)) - this.env.embeddingsMaxEntries;
    if (excess <= 0) return;
    const popped = await this.client.zpopmin(index, Math.min(excess, atOnce * 8));
    const leaving = popped.filter((_, at) => at % 2 === 0);
    await Promise.all(leaving.map((key) => this.client.unlink(this.keys.embedding(tenant, key))));
  }

  private get client(): RedisClient {
    return this.connections.command('cache');
  }

  private get keys() {
    return gatewayKeys(this.connections.keyPrefix);
  }
}
