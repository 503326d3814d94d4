import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { reservationKeys, type ReservationKeys } from '#redis-keys';
import { fromRedis } from '../ratelimit.errors.js';

const lua = (name: string) => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8');
const announceTenant = defineScript({
  name: 'announce-tenant',
  lua: lua('announce-tenant'),
  keys: ['tenants'],
  args: ['tenant', 'ttlMs'],
});
const forgetTenant = defineScript({
  name: 'forget-tenant',
  lua: lua('forget-tenant'),
  keys: ['tenants'],
  args: ['tenant', 'seenAt', 'quietMs'],
});

/** A day at most for a reservation, a week of grace. */
const ttlMs = 9 * 86_400_000;
/** Far longer than an announcement may be old when its tenant reserves. */
const quietMs = 60_000;

export interface OutstandingPlace {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly deadline: number;
}

export interface AnnouncedTenant {
  readonly tenant: string;
  readonly seenAt: string;
}

/** Which tenants have reservations outstanding, and which of them are due first (role `state`). */
@Injectable()
export class OutstandingRepository {
  private readonly keys: ReservationKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = reservationKeys(connections.keyPrefix);
  }

  /** To be done before a tenant reserves: what sweepers do not know of, they do not end. */
  async announce(tenant: string): Promise<void> {
    const keys = { tenants: this.keys.reservingTenants() };
    await fromRedis(() => announceTenant.run(this.client, { keys, args: { tenant, ttlMs } }));
  }

  /** Nothing is outstanding there; one that was announced meanwhile stays. */
  async forget({ tenant, seenAt }: AnnouncedTenant): Promise<void> {
    const keys = { tenants: this.keys.reservingTenants() };
    await fromRedis(() => forgetTenant.run(this.client, { keys, args: { tenant, seenAt, quietMs } }));
  }

  /** Of the server, in epoch milliseconds: deadlines are by its clock. */
  async now(): Promise<number> {
    const [seconds, microseconds] = await fromRedis(() => this.client.time());
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  }

  /** At most `most` of them, from the place `from` on in the order of their announcements. */
  async tenants(from: number, most: number): Promise<AnnouncedTenant[]> {
    const key = this.keys.reservingTenants();
    const pairs = await this.range(key, '-inf', from, most);
    return inPairs(pairs).map(([tenant, seenAt]) => ({ tenant, seenAt }));
  }

  /** The first ones by deadline, at most `most`, and how many there are altogether. */
  async earliest(tenant: string, most: number): Promise<{ first: OutstandingPlace[]; all: number }> {
    const key = this.keys.outstanding(tenant);
    const size = () => this.client.zcard(key);
    const [pairs, all] = await Promise.all([this.range(key, '-inf', 0, most), fromRedis(size)]);
    return { first: toPlaces(pairs), all };
  }

  /** Those behind a place in the order of deadline and id, at most `most`. */
  async after(tenant: string, place: OutstandingPlace | undefined, most: number): Promise<OutstandingPlace[]> {
    const key = this.keys.outstanding(tenant);
    const found: OutstandingPlace[] = [];
    for (let from = 0; ; from += most) {
      const pairs = await this.range(key, place?.deadline ?? '-inf', from, most);
      found.push(...toPlaces(pairs).filter((other) => isBehind(other, place)));
      if (found.length >= most || pairs.length < 2 * most) return found.slice(0, most);
    }
  }

  private range(key: string, least: number | '-inf', from: number, most: number): Promise<string[]> {
    return fromRedis(() => this.client.zrangebyscore(key, least, '+inf', 'WITHSCORES', 'LIMIT', from, most));
  }

  private get client(): RedisClient {
    return this.connections.command('state');
  }
}

function isBehind(other: OutstandingPlace, place: OutstandingPlace | undefined): boolean {
  if (!place || other.deadline > place.deadline) return true;
  return other.deadline === place.deadline && other.id > place.id;
}

function toPlaces(pairs: readonly string[]): OutstandingPlace[] {
  return inPairs(pairs).map(([id, deadline]) => ({ id, deadline: Number(deadline) }));
}

function inPairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((value, index) => (index % 2 === 0 ? [[value, flat[index + 1]!] as [string, string]] : []));
}
