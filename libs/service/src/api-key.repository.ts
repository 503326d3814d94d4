import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { serviceKeys, type ServiceKeys } from '#redis-keys';
import type { ApiKeyRecord } from './api-key.js';
import { roles, type Role } from './principal.js';

const recordKeyChange = defineScript({
  name: 'record-key-change',
  lua: readFileSync(new URL('./record-key-change.lua', import.meta.url), 'utf8'),
  keys: ['index'],
  args: ['keyId'],
});

/** One API key that was created or changed at a version; versions only grow. */
export interface KeyChange {
  readonly keyId: string;
  readonly version: number;
}

/** How long a revoked or expired key can still be listed, in milliseconds. */
const remembranceMs = 30 * 24 * 3_600_000;

/** API keys in Redis: one hash each, and an index by version of change. Every command touches a single key. */
@Injectable()
export class ApiKeyRepository {
  private readonly keys: ServiceKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = serviceKeys(connections.keyPrefix);
  }

  async find(keyId: string): Promise<ApiKeyRecord | undefined> {
    const fields = await this.redis.hgetall(this.keys.apiKey(keyId));
    return fields['sha256'] === undefined ? undefined : toRecord(keyId, fields);
  }

  /** The hash first: an index entry without a hash would be taken for a key that is gone. */
  async create(record: ApiKeyRecord): Promise<void> {
    const key = this.keys.apiKey(record.keyId);
    await this.redis.hset(key, toFields(record));
    if (record.expiresAt !== undefined) {
      await this.redis.pexpireat(key, Date.parse(record.expiresAt) + remembranceMs);
    }
    await this.recordChange(record.keyId);
  }

  /** False when there is no such key. Revoking twice keeps the first time. */
  async revoke(keyId: string, revokedAt: string): Promise<boolean> {
    const key = this.keys.apiKey(keyId);
    if ((await this.redis.exists(key)) === 0) return false;
    await this.redis.hsetnx(key, 'revokedAt', revokedAt);
    await this.redis.pexpire(key, remembranceMs);
    await this.recordChange(keyId);
    return true;
  }

  /** At most `limit` changes, oldest first, from a version on (itself included). */
  async changesFrom(version: number, limit: number): Promise<KeyChange[]> {
    const index = this.keys.apiKeyIndex();
    const rows = await this.redis.zrangebyscore(index, version, '+inf', 'WITHSCORES', 'LIMIT', 0, limit);
    const changes: KeyChange[] = [];
    for (let at = 0; at + 1 < rows.length; at += 2) {
      changes.push({ keyId: rows[at]!, version: Number(rows[at + 1]) });
    }
    return changes;
  }

  /** Takes keys whose hash has expired out of the index. */
  async forget(keyIds: readonly string[]): Promise<void> {
    if (keyIds.length > 0) await this.redis.zrem(this.keys.apiKeyIndex(), ...keyIds);
  }

  private async recordChange(keyId: string): Promise<void> {
    await recordKeyChange.run(this.redis, { keys: { index: this.keys.apiKeyIndex() }, args: { keyId } });
  }

  private get redis(): RedisClient {
    return this.connections.command('state');
  }
}

function toFields(record: ApiKeyRecord): Record<string, string> {
  const { keyId: _, roles: granted, ...rest } = record;
  return { ...rest, roles: granted.join(',') };
}

function toRecord(keyId: string, fields: Record<string, string>): ApiKeyRecord {
  const granted = (fields['roles'] ?? '').split(',').filter((role): role is Role => roles.includes(role as Role));
  const optional = (['name', 'userId', 'expiresAt', 'revokedAt'] as const).filter((name) => fields[name] !== undefined);
  return {
    keyId,
    tenant: fields['tenant'] ?? '',
    sha256: fields['sha256'] ?? '',
    createdAt: fields['createdAt'] ?? '',
    roles: granted,
    ...Object.fromEntries(optional.map((name) => [name, fields[name]])),
  };
}
