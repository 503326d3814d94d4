import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { sha256Pattern } from '#contracts';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { entryKeys, type EntryKeys } from '#redis-keys';
import { fromRedis, isWrongType } from '../cache.errors.js';
import type { GenerationAddress } from '../response/response-cache.repository.js';

const listVariant = defineScript({
  name: 'list-variant',
  lua: readFileSync(new URL('./list-variant.lua', import.meta.url), 'utf8'),
  keys: ['variants'],
  args: ['exactKey', 'endsAt', 'most'],
});

/** Sets of attributes that one prompt is kept with; of more, those that live longest. */
const mostVariants = 64;

/**
 * With which attributes a prompt was stored, in Redis (role `cache`), so that who asks with some of them finds it. The exact key
 * of the prompt without any attribute stands for the prompt.
 */
@Injectable()
export class EntryVariantsRepository {
  private readonly keys: EntryKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = entryKeys(connections.keyPrefix);
  }

  /** @param endsAt epoch milliseconds */
  async add(prompt: GenerationAddress, exactKey: string, endsAt: number): Promise<void> {
    const script = { keys: { variants: this.key(prompt) }, args: { exactKey, endsAt, most: mostVariants } };
    await fromRedis(() => listVariant.run(this.client, script).catch(unlessWrongType));
  }

  /** The longest-lived first; some of them may be gone. */
  async list(prompt: GenerationAddress): Promise<string[]> {
    const key = this.key(prompt);
    const found = await fromRedis(() => this.client.zrevrange(key, 0, -1).catch(unlessWrongType));
    return (found ?? []).filter((exactKey) => sha256Pattern.test(exactKey));
  }

  private get client(): RedisClient {
    return this.connections.command('cache');
  }

  private key({ tenant, cacheId, generation, exactKey }: GenerationAddress): string {
    return this.keys.variants(tenant, cacheId, generation, exactKey);
  }
}

function unlessWrongType(error: unknown): undefined {
  if (!isWrongType(error)) throw error;
}
