import { Injectable } from '@nestjs/common';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { sessionKeys, type SessionKeys } from '#redis-keys';
import { sessionLua } from '../conversation/session-lua.js';
import type { SessionAddress } from '../message/message-log.js';
import { fromRedis } from '../session.errors.js';

const copyScript = defineScript({
  name: 'copy-messages',
  lua: sessionLua(new URL('./copy-messages.lua', import.meta.url)),
  keys: ['meta', 'log', 'ids', 'marks', 'outbox'],
  args: ['messages', 'user', 'archive', 'keepMs', 'last'],
});

/** How long an unfinished copy is kept, should its maker die. */
const keepMs = 60_000;

/** A message on its way into another session. */
export interface CopiedMessage {
  readonly element: string;
  /** Empty: it was deleted. */
  readonly id: string;
  /** JSON text. */
  readonly mark: string;
}

/** What makes a copy a session. */
export interface CopiedState {
  readonly ttlMs: number;
  /** JSON text. */
  readonly metadata: string;
  /** Hashes of the tool calls that wait for their results. */
  readonly openCalls: readonly string[];
  readonly systemSeqs: readonly number[];
  readonly deleted: number;
}

/** Copies of histories in Redis (role `state`). A copy is a session, for all to see, when its last piece has come. */
@Injectable()
export class ForkRepository {
  private readonly keys: SessionKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = sessionKeys(connections.keyPrefix);
  }

  /** @returns when it was created and expires, after the last piece */
  async copy(
    { tenant, sessionId }: SessionAddress,
    messages: readonly CopiedMessage[],
    { user, isArchived, last }: { user: string; isArchived: boolean; last?: CopiedState },
  ): Promise<{ createdAt: number; expiresAt: number } | undefined> {
    const args = {
      messages: JSON.stringify(messages.map(({ element, id, mark }) => [element, id, mark])),
      user,
      archive: isArchived ? '1' : '',
      keepMs,
      last: last ? lastPiece(last) : '',
    };
    const input = { keys: this.keys.session(tenant, sessionId), args };
    const [createdAt, expiresAt] = (await fromRedis(() => copyScript.run(this.client, input))) as string[];
    return expiresAt === undefined ? undefined : { createdAt: Number(createdAt), expiresAt: Number(expiresAt) };
  }

  private get client(): RedisClient {
    return this.connections.command('state');
  }
}

function lastPiece({ ttlMs, metadata, openCalls, systemSeqs, deleted }: CopiedState): string {
  const list = (items: readonly (string | number)[]) => items.map((item) => `${item},`).join('');
  return JSON.stringify([ttlMs, metadata, list(openCalls), list(systemSeqs), deleted]);
}
