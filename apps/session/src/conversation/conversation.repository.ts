import { Injectable } from '@nestjs/common';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { sessionKeys, type OneSessionKeys, type SessionKeys } from '#redis-keys';
import type { SessionAddress } from '../message/message-log.js';
import { fromRedis } from '../session.errors.js';
import { askerText, type Asker } from './asker.js';
import { sessionLua } from './session-lua.js';

const lua = (name: string) => sessionLua(new URL(`./${name}.lua`, import.meta.url));
const createSession = defineScript({
  name: 'create-session',
  lua: lua('create-session'),
  keys: ['meta', 'log', 'ids', 'marks', 'summaries', 'turn'],
  args: ['user', 'ttlMs', 'metadata'],
});
const patchSession = defineScript({
  name: 'patch-session',
  lua: lua('patch-session'),
  keys: ['meta', 'log', 'ids', 'marks', 'summaries'],
  args: ['asker', 'before', 'after', 'ttlMs'],
});
const deleteSession = defineScript({
  name: 'delete-session',
  lua: lua('delete-session'),
  keys: ['meta', 'log', 'ids', 'marks', 'summaries', 'turn', 'outbox'],
  args: ['asker', 'archive'],
});

const keysPerScan = 1_000;

/** A session without its messages. Times are epoch milliseconds. */
export interface StoredSession {
  readonly sessionId: string;
  /** Empty: nobody's. */
  readonly user: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly expiresAt: number;
  readonly ttlMs: number;
  readonly lastSeq: number;
  /** Without those that were deleted. */
  readonly messageCount: number;
  /** JSON text. */
  readonly metadata: string;
}

/** What a deletion does to the archive: tells it, leaves it alone, or takes back what it has not written yet. */
export type ArchiveOnDelete = 'tell' | 'skip' | 'forget';

/** Sessions in Redis (role `state`). */
@Injectable()
export class ConversationRepository {
  private readonly keys: SessionKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = sessionKeys(connections.keyPrefix);
  }

  /** @returns nothing when the id is taken */
  async create(
    session: SessionAddress,
    { user, ttlMs, metadata }: Pick<StoredSession, 'user' | 'ttlMs' | 'metadata'>,
  ): Promise<{ createdAt: number; expiresAt: number } | undefined> {
    const input = { keys: this.keysOf(session), args: { user, ttlMs, metadata } };
    const times = (await fromRedis(() => createSession.run(this.client, input))) as [string, string] | null;
    return times ? { createdAt: Number(times[0]), expiresAt: Number(times[1]) } : undefined;
  }

  /** Whoever it belongs to. */
  async read(session: SessionAddress): Promise<StoredSession | undefined> {
    const members = await fromRedis(() => this.client.hgetall(this.keysOf(session).meta));
    return members['seq'] === undefined ? undefined : storedSession(session.sessionId, members);
  }

  /** The sessions of a user by what they say themselves: reads every one of the tenant, for what happens seldom. */
  async *idsOf(tenant: string, userId: string): AsyncGenerator<string> {
    const nodes = 'nodes' in this.client ? this.client.nodes('master') : [this.client];
    for (const node of nodes) {
      let cursor = '0';
      do {
        const pattern = this.keys.metaOfAny(tenant);
        const [next, keys] = await fromRedis(() => node.scan(cursor, 'MATCH', pattern, 'COUNT', keysPerScan));
        cursor = next;
        const users = await fromRedis(() => Promise.all(keys.map((key) => this.client.hget(key, 'user'))));
        const own = keys.filter((_, index) => users[index] === userId);
        yield* own.map((key) => key.slice(key.lastIndexOf('{') + tenant.length + 2, key.lastIndexOf('}')));
      } while (cursor !== '0');
    }
  }

  /** @param ttlMs nothing: as it was */
  async patch(
    session: SessionAddress,
    asker: Asker,
    { before, after, ttlMs }: { before: string; after: string; ttlMs: number | undefined },
  ): Promise<'patched' | 'changed' | 'absent'> {
    const args = { asker: askerText(asker), before, after, ttlMs: ttlMs ?? '' };
    const input = { keys: this.keysOf(session), args };
    return (await fromRedis(() => patchSession.run(this.client, input))) as 'patched' | 'changed' | 'absent';
  }

  /** @returns whose it was, and how many messages; nothing when it is absent for the asker */
  async delete(
    session: SessionAddress,
    asker: Asker,
    archive: ArchiveOnDelete,
  ): Promise<{ user: string; messages: number } | undefined> {
    const input = { keys: this.keysOf(session), args: { asker: askerText(asker), archive } };
    const reply = (await fromRedis(() => deleteSession.run(this.client, input))) as [string, number] | null;
    return reply ? { user: reply[0], messages: reply[1] } : undefined;
  }

  private keysOf({ tenant, sessionId }: SessionAddress): OneSessionKeys {
    return this.keys.session(tenant, sessionId);
  }

  private get client(): RedisClient {
    return this.connections.command('state');
  }
}

function storedSession(sessionId: string, members: Record<string, string>): StoredSession {
  const lastSeq = Number(members['seq']);
  return {
    sessionId,
    user: members['user'] ?? '',
    createdAt: Number(members['born']),
    updatedAt: Number(members['updated']),
    expiresAt: Number(members['expires']),
    ttlMs: Number(members['ttl']),
    lastSeq,
    messageCount: lastSeq - Number(members['deleted'] ?? 0),
    metadata: members['metadata'] ?? '{}',
  };
}
