import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { outputKeys, type OutputKeys } from '#redis-keys';

const keepPart = defineScript({
  name: 'keep-part',
  lua: readFileSync(new URL('./keep-part.lua', import.meta.url), 'utf8'),
  keys: ['output'],
  args: ['part', 'lines', 'failed'],
});

/** While a job of many parts runs or waits to go on, its output lives for so long. */
const unfinishedSeconds = 7 * 86_400;
const pageSize = 100;

export interface OutputAddress {
  readonly tenant: string;
  readonly jobId: string;
}

/** What was done of a job before. */
export interface DoneParts {
  readonly parts: ReadonlySet<number>;
  readonly failed: number;
}

/** The lines that jobs of many parts bring forth: one hash a job, a field a part, so that a job resumes where it was. */
@Injectable()
export class OutputRepository {
  private readonly keys: OutputKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = outputKeys(connections.keyPrefix);
  }

  /** Begins, or goes on. */
  async begin(address: OutputAddress, total: number): Promise<DoneParts> {
    const key = this.key(address);
    const results = await this.redis
      .multi()
      .hset(key, 'total', total)
      .expire(key, unfinishedSeconds)
      .hkeys(key)
      .hget(key, 'failed')
      .exec();
    const fields = (results?.[2]?.[1] ?? []) as string[];
    const parts = fields.filter((field) => /^\d+$/.test(field)).map(Number);
    return { parts: new Set(parts), failed: Number(results?.[3]?.[1] ?? 0) };
  }

  /** `lines`: JSON texts without line breaks. */
  async keep(address: OutputAddress, part: number, lines: readonly string[], failed: boolean): Promise<void> {
    const args = { part, lines: lines.join('\n'), failed: failed ? '1' : '0' };
    await keepPart.run(this.redis, { keys: { output: this.key(address) }, args });
  }

  /** Nothing more comes; it can be read for so long. */
  async end(address: OutputAddress, seconds: number): Promise<void> {
    await this.redis.expire(this.key(address), seconds);
  }

  /** Whether there is anything. */
  async exists(address: OutputAddress): Promise<boolean> {
    return (await this.redis.exists(this.key(address))) === 1;
  }

  /** The lines in the order of their parts, each with its line break; parts that are not done are left out. */
  async *read(address: OutputAddress): AsyncGenerator<string> {
    const key = this.key(address);
    const total = Number((await this.redis.hget(key, 'total')) ?? 0);
    for (let from = 0; from < total; from += pageSize) {
      const parts = Array.from({ length: Math.min(pageSize, total - from) }, (_, at) => String(from + at));
      const texts = (await this.redis.hmget(key, ...parts)).filter((text) => text !== null && text !== '');
      if (texts.length > 0) yield `${texts.join('\n')}\n`;
    }
  }

  /** True when there was one. */
  async remove(address: OutputAddress): Promise<boolean> {
    return (await this.redis.del(this.key(address))) === 1;
  }

  private key({ tenant, jobId }: OutputAddress): string {
    return this.keys.output(tenant, jobId);
  }

  private get redis(): RedisClient {
    return this.connections.command('state');
  }
}
