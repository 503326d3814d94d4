import type { LimitCost } from '#contracts';
import { effectiveLimits, limitCost } from '#limits';
import type { LimitChange, LimitCharge } from '../limit/limit-engine.js';

/** What is kept of a reservation, beside its charges; nothing in it says for which user. */
export interface ReservationDetails {
  readonly reserved: LimitCost;
  /** Whose weights the limits apply. */
  readonly model?: string;
  /** Present for a call to a model: its answer's length is learned. */
  readonly estimatedModel?: string;
  readonly policy?: string;
  /** The key that made it over REST; what a service made is nobody's but that service's. */
  readonly keyId?: string;
  readonly createdAt: string;
}

export interface Reservation extends ReservationDetails {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly deadline: number;
  /** Whether what was reserved stays taken when the deadline passes. */
  readonly keep: boolean;
  readonly charges: readonly LimitCharge[];
}

/** Whether a key reaches a reservation: those that it made. @param keyId nothing for who reaches all */
export function isReached(reservation: ReservationDetails, keyId: string | undefined): boolean {
  return keyId === undefined || reservation.keyId === keyId;
}

/** How a reservation ends. */
const reservationEnds = ['settled', 'cancelled', 'expired'] as const;
export type ReservationEnd = (typeof reservationEnds)[number];

/** Names the places that a reservation holds in this process while Redis is away. */
export function localLease(tenant: string, id: string): string {
  return `${tenant}:${id}`;
}

interface StoredRecord extends ReservationDetails {
  /** From `LimitEngine.chargesText`. */
  readonly charges: string;
  /** Charges in another slot, made before. */
  readonly global: readonly LimitCharge[];
}

export function writeRecord(details: ReservationDetails, charges: string, global: readonly LimitCharge[]): string {
  return JSON.stringify({ ...details, charges, global } satisfies StoredRecord);
}

/**
 * Reads the hash of a reservation. One of which nothing can be made (foreign data) is as good as gone: undefined.
 * @param recorded `LimitEngine.recordedCharges`
 */
export function readReservation(
  id: string,
  fields: Readonly<Record<string, string>>,
  recorded: (charges: string, numbers: string) => readonly LimitCharge[],
): Reservation | ReservationEnd | undefined {
  const { state, deadline, record, numbers, keep } = fields;
  if (state !== 'held') return reservationEnds.find((end) => end === state);
  try {
    const { charges, global, ...details } = JSON.parse(record ?? '') as StoredRecord;
    const all = [...recorded(charges, numbers ?? ''), ...global];
    return { ...details, id, deadline: Number(deadline), keep: keep === '1', charges: all };
  } catch {
    return undefined;
  }
}

/**
 * What the charges shall be by the real cost. A request is a request even if it came to nothing, so its unit stays taken
 * unless the cost names another number of them; places of concurrency limits become free.
 */
export function settledCharges({ charges, model }: Reservation, cost: LimitCost): LimitChange[] {
  return charges.map((charge) => {
    const { unit, algorithm } = charge.limit;
    if (algorithm === 'concurrency') return { charge, cost: 0 };
    if (unit === 'requests' && !cost.requests) return { charge, cost: charge.cost };
    const [effective] = effectiveLimits({ name: charge.policy, limits: [charge.limit] });
    return { charge, cost: limitCost(effective!, cost, model) };
  });
}

/** Everything is given back. */
export function cancelledCharges({ charges }: Reservation): LimitChange[] {
  return charges.map((charge) => ({ charge, cost: 0 }));
}

/** Places become free at the deadline in any case; the rest only where the holder is not taken to have used it. */
export function expiredCharges(reservation: Reservation): LimitChange[] {
  if (!reservation.keep) return cancelledCharges(reservation);
  return reservation.charges.map((charge) => ({
    charge,
    cost: charge.limit.algorithm === 'concurrency' ? 0 : charge.cost,
  }));
}
