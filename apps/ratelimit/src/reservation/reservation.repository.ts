import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { ServiceError, type LimitState } from '#contracts';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { reservationKeys, type ReservationKeys } from '#redis-keys';
import {
  isGlobal,
  LimitEngine,
  type LimitArguments,
  type LimitChange,
  type LimitCharge,
  type LimitDemand,
  type LimitOutcome,
  type TakeArguments,
} from '../limit/limit-engine.js';
import { limitScript } from '../limit/limit-script.js';
import { fromRedis } from '../ratelimit.errors.js';
import {
  readReservation,
  writeRecord,
  type Reservation,
  type ReservationDetails,
  type ReservationEnd,
} from './reservation-record.js';

const lua = (name: string) => limitScript(readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8'));
const ownReserveArgs = [
  'id',
  'ttlMs',
  'graceMs',
  'record',
  'keep',
  'refundedMs',
  'refunds',
  'takeKeys',
  'limits',
  'asked',
] as const;
const reserveLimits = defineScript({
  name: 'reserve-limits',
  lua: lua('reserve-limits'),
  keys: ['reservation', 'outstanding'],
  args: ownReserveArgs,
});
const endReservation = defineScript({
  name: 'end-reservation',
  lua: lua('end-reservation'),
  keys: ['reservation', 'outstanding'],
  args: ['id', 'end', 'markMs'],
});

/** A week without any replica is survived: whoever sweeps next ends what was due. */
const graceMs = 7 * 86_400_000;
/** How long an id that has ended reserves no second time. */
const markMs = 600_000;
const refundedMs = 60_000;
const known = -2;
const notEnded = { 0: 'gone', [-1]: 'due', [-2]: 'early' } as const;
const nothing: LimitArguments = { keys: [], args: [] };

export interface NewReservation {
  readonly id: string;
  readonly ttlMs: number;
  readonly keep: boolean;
  readonly details: ReservationDetails;
  /** Given back when the limits deny. */
  readonly refund: readonly LimitCharge[];
  /** As of `TakeOptions`. */
  readonly looksAtGlobal: boolean;
}

export interface ReserveOutcome extends Omit<LimitOutcome, 'charges'> {
  /** Epoch milliseconds; meaningless when denied. */
  readonly deadline: number;
}

type EndOutcome =
  | { readonly ended: true; readonly limits: readonly LimitState[] }
  | { readonly ended: false; readonly why: 'gone' | 'due' | 'early' };

class KnownReservation extends ServiceError {}

/** Reservations (role `state`): one hash each, in the slot of the tenant's limits, so that both change in one step or not at all. */
@Injectable()
export class ReservationRepository {
  private readonly keys: ReservationKeys;

  constructor(
    private readonly connections: RedisConnections,
    private readonly engine: LimitEngine,
  ) {
    this.keys = reservationKeys(connections.keyPrefix);
  }

  /** Nothing when the id has reserved before. */
  async reserve(
    tenant: string,
    demands: readonly LimitDemand[],
    reservation: NewReservation,
  ): Promise<ReserveOutcome | undefined> {
    const ownRefund = this.changeArguments(tenant, givenBack(reservation.refund));
    let now = 0;
    const send = async (take: TakeArguments, global: readonly LimitCharge[]) => {
      const record = writeRecord(reservation.details, this.engine.chargesText(demands), global);
      const numbers = await this.sendReserve(tenant, reservation, record, [ownRefund, take]);
      if (numbers[0] === known) throw new KnownReservation('conflict', 'The id has reserved before');
      now = numbers[0]!;
      return numbers;
    };
    try {
      const outcome = await this.engine.takeBy(tenant, demands, send, reservation);
      if (!outcome.allowed) await this.changeGlobal(tenant, givenBack(reservation.refund));
      const { allowed, binding, limits } = outcome;
      const deadline = Math.floor(now / 1_000) + reservation.ttlMs;
      return { allowed, ...(binding !== undefined && { binding }), limits, deadline };
    } catch (fault) {
      if (fault instanceof KnownReservation) return undefined;
      throw fault;
    }
  }

  /** One that is outstanding, or the end of one that was not long ago. */
  async find(tenant: string, id: string): Promise<Reservation | ReservationEnd | undefined> {
    const fields = await fromRedis(() => this.client.hgetall(this.keys.reservation(tenant, id)));
    return readReservation(id, fields, (text, numbers) => this.engine.recordedCharges(text, numbers));
  }

  /** Once; what was already so changes nothing. @param changes one for each charge, in their order */
  async end(tenant: string, id: string, end: ReservationEnd, changes: readonly LimitChange[]): Promise<EndOutcome> {
    const input = {
      keys: this.pair(tenant, id),
      args: { id, end, markMs },
      more: this.changeArguments(tenant, changes),
    };
    const numbers = (await fromRedis(() => endReservation.run(this.client, input))) as number[];
    const why = notEnded[numbers[0] as keyof typeof notEnded];
    if (why) return { ended: false, why };
    const own = changes.filter(({ charge }) => !isGlobal(charge.limit));
    const states = [...this.engine.changedStates(own, numbers)];
    const globalStates = [...(await this.changeGlobal(tenant, changes))];
    const ordered = changes.flatMap(({ charge }) => (isGlobal(charge.limit) ? globalStates : states).splice(0, 1));
    return { ended: true, limits: ordered };
  }

  private async sendReserve(
    tenant: string,
    { id, ttlMs, keep }: NewReservation,
    record: string,
    [refund, take]: readonly [LimitArguments, TakeArguments],
  ): Promise<number[]> {
    const args = {
      ...{ id, ttlMs, graceMs, record, refundedMs },
      keep: keep ? 1 : 0,
      refunds: refund.keys.length > 0 ? 1 : 0,
      takeKeys: 3 + refund.keys.length,
      limits: take.limits,
      asked: take.asked,
    };
    const more = { keys: [...refund.keys, ...take.keys], args: refund.args };
    const keys = this.pair(tenant, id);
    return (await fromRedis(() => reserveLimits.run(this.client, { keys, args, more }))) as number[];
  }

  private changeArguments(tenant: string, changes: readonly LimitChange[]): LimitArguments {
    const own = changes.filter(({ charge }) => !isGlobal(charge.limit));
    return own.length > 0 ? this.engine.changeArguments(tenant, own) : nothing;
  }

  /**
   * Global limits lie in another slot, so this is a step of its own. Should it fail, what the tenant's own limits say stands, and the
   * global ones have what was reserved instead of what was used.
   */
  private async changeGlobal(tenant: string, changes: readonly LimitChange[]): Promise<readonly LimitState[]> {
    const global = changes.filter(({ charge }) => isGlobal(charge.limit));
    if (global.length === 0) return [];
    return this.engine.change(tenant, global).catch(() => []);
  }

  private pair(tenant: string, id: string): { reservation: string; outstanding: string } {
    return { reservation: this.keys.reservation(tenant, id), outstanding: this.keys.outstanding(tenant) };
  }

  private get client(): RedisClient {
    return this.connections.command('state');
  }
}

function givenBack(charges: readonly LimitCharge[]): LimitChange[] {
  return charges.map((charge) => ({ charge, cost: 0 }));
}
