import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import type { AwaitFlightReply, FlightMember } from '#contracts';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { cacheKeys, type CacheKeys } from '#redis-keys';
import { fromRedis } from '../cache.errors.js';
import { flightKey } from './flight-key.js';

const script = (name: string) => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8');
const joinFlight = defineScript({
  name: 'join-flight',
  lua: script('join-flight'),
  keys: ['lease', 'result'],
  args: ['token', 'leaseMs', 'waitMs'],
});
const followFlight = defineScript({
  name: 'follow-flight',
  lua: script('follow-flight'),
  keys: ['lease', 'result'],
  args: ['token', 'leaseMs', 'waitMs'],
});
const renewFlight = defineScript({
  name: 'renew-flight',
  lua: script('renew-flight'),
  keys: ['lease'],
  args: ['token', 'leaseMs'],
});
const finishFlight = defineScript({
  name: 'finish-flight',
  lua: script('finish-flight'),
  keys: ['lease', 'result'],
  args: ['token', 'result', 'keepMs'],
});

/** A leader that is not heard of for so long is taken for dead. */
const flightLeaseMs = 5_000;
/** A follower asks at least this often, else nobody is taken to wait. */
const waitMs = 5_000;
/** How long followers may take to fetch the outcome. */
export const outcomeKeptSeconds = 30;
const keepMs = outcomeKeptSeconds * 1_000;

/** Leases and outcomes of flights (role `state`), one slot a flight. Both expire, so a flight leaves nothing behind. */
@Injectable()
export class FlightRepository {
  private readonly keys: CacheKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = cacheKeys(connections.keyPrefix);
  }

  async join(member: FlightMember): Promise<'leader' | 'follower'> {
    const args = { token: member.flightToken, leaseMs: flightLeaseMs, waitMs };
    const reply = await this.run((client, keys) => joinFlight.run(client, { keys, args }), member);
    return reply === 'leader' ? 'leader' : 'follower';
  }

  async follow(member: FlightMember): Promise<AwaitFlightReply> {
    const args = { token: member.flightToken, leaseMs: flightLeaseMs, waitMs };
    const reply = String(await this.run((client, keys) => followFlight.run(client, { keys, args }), member));
    if (reply.startsWith('=')) return { state: 'finished', outcome: reply.slice(1) };
    return { state: reply === 'leader' ? 'leader' : 'waiting' };
  }

  /** Whether the member still leads. */
  async renew(member: FlightMember): Promise<boolean> {
    const args = { token: member.flightToken, leaseMs: flightLeaseMs };
    const reply = await this.run((client, { lease }) => renewFlight.run(client, { keys: { lease }, args }), member);
    return reply === 1;
  }

  /** Whether the member still led; without an outcome the next follower to ask leads. */
  async finish(member: FlightMember, outcome?: string): Promise<boolean> {
    const args = { token: member.flightToken, result: outcome === undefined ? '' : `=${outcome}`, keepMs };
    return (await this.run((client, keys) => finishFlight.run(client, { keys, args }), member)) === 1;
  }

  private run(
    command: (client: RedisClient, keys: { lease: string; result: string }) => Promise<unknown>,
    member: FlightMember,
  ): Promise<unknown> {
    const sha256 = flightKey(member);
    const keys = { lease: this.keys.flightLease(sha256), result: this.keys.flightResult(sha256) };
    return fromRedis(() => command(this.connections.command('state'), keys));
  }
}
