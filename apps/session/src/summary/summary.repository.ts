import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { sessionKeys, type SessionKeys } from '#redis-keys';
import type { LogState, SessionAddress } from '../message/message-log.js';
import { fromRedis } from '../session.errors.js';

const storeSummary = defineScript({
  name: 'store-summary',
  lua: readFileSync(new URL('./store-summary.lua', import.meta.url), 'utf8'),
  keys: ['meta', 'summaries'],
  args: ['edition', 'born', 'to', 'summary', 'most'],
});

/** Windows of a few sizes move over a session; each needs the summary before its beginning and the one before the next. */
const mostSummaries = 16;
/** While this lasts nobody else asks for a summary of the session; then whoever was asked is taken for dead. */
const claimMs = 60_000;

/** What a summary tells of, and what it says. */
export interface StoredSummary {
  /** The last `seq` that it tells of; it tells of all before, too. */
  readonly to: number;
  /** How many messages these are; system messages are none of them. */
  readonly messages: number;
  readonly text: string;
  /** SHA-256 of what was summarised. */
  readonly hash: string;
  /** The name of the summariser. */
  readonly by: string;
}

/** Summaries of a session (role `state`), beside its messages: they expire with it, and an edit drops those that tell of it. */
@Injectable()
export class SummaryRepository {
  private readonly keys: SessionKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = sessionKeys(connections.keyPrefix);
  }

  /** The one that tells of most, of those that tell of nothing behind `upTo`. */
  async latest(session: SessionAddress, upTo: number): Promise<StoredSummary | undefined> {
    const fields = await fromRedis(() => this.client.hkeys(this.keysOf(session).summaries));
    const to = Math.max(0, ...fields.map(Number).filter((field) => field <= upTo));
    if (to === 0) return undefined;
    const value = await fromRedis(() => this.client.hget(this.keysOf(session).summaries, String(to)));
    return value === null ? undefined : (JSON.parse(value.slice(value.indexOf('|') + 1)) as StoredSummary);
  }

  /** Nothing is stored when a message was edited or the session deleted since the state was read. */
  async store(
    session: SessionAddress,
    { edition, createdAt }: LogState,
    summary: StoredSummary,
  ): Promise<'stored' | 'edited' | 'absent'> {
    const { meta, summaries } = this.keysOf(session);
    const args = { edition, born: createdAt, to: summary.to, summary: JSON.stringify(summary), most: mostSummaries };
    const input = { keys: { meta, summaries }, args };
    return (await fromRedis(() => storeSummary.run(this.client, input))) as 'stored' | 'edited' | 'absent';
  }

  /** Whether nobody else is at work on a summary of the session. */
  async claim(session: SessionAddress): Promise<boolean> {
    const key = this.keysOf(session).summarising;
    return (await fromRedis(() => this.client.set(key, '1', 'PX', claimMs, 'NX'))) === 'OK';
  }

  async renewClaim(session: SessionAddress): Promise<void> {
    await fromRedis(() => this.client.set(this.keysOf(session).summarising, '1', 'PX', claimMs));
  }

  async releaseClaim(session: SessionAddress): Promise<void> {
    await fromRedis(() => this.client.del(this.keysOf(session).summarising));
  }

  private keysOf({ tenant, sessionId }: SessionAddress) {
    return this.keys.session(tenant, sessionId);
  }

  private get client(): RedisClient {
    return this.connections.command('state');
  }
}
