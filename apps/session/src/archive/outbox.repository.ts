import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { identifierPattern } from '#contracts';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { sessionKeys, type SessionKeys } from '#redis-keys';
import type { SessionAddress } from '../message/message-log.js';
import { fromRedis } from '../session.errors.js';

const lua = (name: string) => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8');
const expectSession = defineScript({
  name: 'expect-session',
  lua: lua('expect-session'),
  keys: ['pending'],
  args: ['session'],
});
const trimOutbox = defineScript({
  name: 'trim-outbox',
  lua: lua('trim-outbox'),
  keys: ['outbox'],
  args: ['first', 'count'],
});
const forgetPending = defineScript({
  name: 'forget-pending',
  lua: lua('forget-pending'),
  keys: ['pending'],
  args: ['session', 'saidAt'],
});
const holdLease = defineScript({
  name: 'hold-lease',
  lua: lua('hold-lease'),
  keys: ['lease'],
  args: ['holder', 'leaseMs'],
});

/** A session that may have something for the archive, and when that was said last (Redis' clock, epoch milliseconds). */
export interface PendingSession extends SessionAddress {
  readonly saidAt: number;
}

/** What is to be archived, in Redis (role `state`): it lies beside the sessions until it is written. */
@Injectable()
export class OutboxRepository {
  private readonly keys: SessionKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = sessionKeys(connections.keyPrefix);
  }

  async expect(session: SessionAddress): Promise<void> {
    const input = { keys: { pending: this.keys.archivePending() }, args: { session: named(session) } };
    await fromRedis(() => expectSession.run(this.client, input));
  }

  /** Between two moments, oldest first. @param to nothing: up to now */
  async pending(from: number, to: number | undefined, most: number): Promise<PendingSession[]> {
    const key = this.keys.archivePending();
    const end = to === undefined ? '+inf' : String(to);
    const flat = await fromRedis(() =>
      this.client.zrangebyscore(key, String(from), end, 'WITHSCORES', 'LIMIT', 0, most),
    );
    const found: PendingSession[] = [];
    for (let index = 0; index < flat.length; index += 2) {
      const [tenant = '', sessionId = ''] = flat[index]!.split(':');
      if (![tenant, sessionId].every((id) => identifierPattern.test(id))) continue;
      found.push({ tenant, sessionId, saidAt: Number(flat[index + 1]) });
    }
    return found;
  }

  async forget(session: PendingSession): Promise<void> {
    const args = { session: named(session), saidAt: session.saidAt };
    await fromRedis(() => forgetPending.run(this.client, { keys: { pending: this.keys.archivePending() }, args }));
  }

  /** Oldest first. */
  async entries(session: SessionAddress, most: number): Promise<string[]> {
    return fromRedis(() => this.client.lrange(this.outboxOf(session), 0, String(most - 1)));
  }

  async drop(session: SessionAddress, first: string, count: number): Promise<void> {
    const input = { keys: { outbox: this.outboxOf(session) }, args: { first, count } };
    await fromRedis(() => trimOutbox.run(this.client, input));
  }

  async hold(holder: string, leaseMs: number): Promise<boolean> {
    const input = { keys: { lease: this.keys.archiveLease() }, args: { holder, leaseMs } };
    return (await fromRedis(() => holdLease.run(this.client, input))) === 1;
  }

  /** Redis' clock, epoch milliseconds. */
  async now(): Promise<number> {
    const [seconds, micros] = await fromRedis(() => this.client.time());
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  }

  private outboxOf({ tenant, sessionId }: SessionAddress): string {
    return this.keys.session(tenant, sessionId).outbox;
  }

  private get client(): RedisClient {
    return this.connections.command('state');
  }
}

function named({ tenant, sessionId }: SessionAddress): string {
  return `${tenant}:${sessionId}`;
}
