import { Injectable } from '@nestjs/common';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { sessionKeys, type SessionKeys } from '#redis-keys';
import { askerText, type Asker } from '../conversation/asker.js';
import { sessionLua } from '../conversation/session-lua.js';
import type { SessionAddress } from '../message/message-log.js';
import { fromRedis } from '../session.errors.js';

const beginScript = defineScript({
  name: 'begin-turn',
  lua: sessionLua(new URL('./begin-turn.lua', import.meta.url)),
  keys: ['meta', 'log', 'ids', 'marks', 'summaries', 'turn'],
  args: ['asker', 'turnId', 'leaseMs'],
});
const renewScript = defineScript({
  name: 'renew-turn',
  lua: sessionLua(new URL('./renew-turn.lua', import.meta.url)),
  keys: ['meta', 'log', 'ids', 'marks', 'summaries', 'turn'],
  args: ['turnId', 'leaseMs'],
});

export type TurnOutcome =
  | { readonly state: 'begun'; readonly user: string; readonly expiresAt: number; readonly lastSeq: number }
  | { readonly state: 'busy' | 'absent' };

/** Who has the turn of a session, in Redis (role `state`). */
@Injectable()
export class TurnRepository {
  private readonly keys: SessionKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = sessionKeys(connections.keyPrefix);
  }

  async begin(session: SessionAddress, asker: Asker, turnId: string, leaseMs: number): Promise<TurnOutcome> {
    const keys = this.keys.session(session.tenant, session.sessionId);
    const args = { asker: askerText(asker), turnId, leaseMs };
    const reply = (await fromRedis(() => beginScript.run(this.client, { keys, args }))) as
      ['begun', string, string, number] | ['busy' | 'absent'];
    if (reply[0] !== 'begun') return { state: reply[0] };
    return { state: 'begun', user: reply[1], expiresAt: Number(reply[2]), lastSeq: reply[3] };
  }

  /** @param leaseMs 0: the session is free again */
  async renew({ tenant, sessionId }: SessionAddress, turnId: string, leaseMs: number): Promise<boolean> {
    const input = { keys: this.keys.session(tenant, sessionId), args: { turnId, leaseMs } };
    return (await fromRedis(() => renewScript.run(this.client, input))) === 1;
  }

  private get client(): RedisClient {
    return this.connections.command('state');
  }
}
