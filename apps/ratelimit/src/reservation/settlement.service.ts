import { Injectable } from '@nestjs/common';
import type { LimitCost, LimitState, SettleReservationReply } from '#contracts';
import { FallbackLimitsService } from '../check/fallback-limits.service.js';
import { OutputLengthService } from '../estimate/output-length.service.js';
import type { LimitChange } from '../limit/limit-engine.js';
import { ReservationMetrics } from './reservation-metrics.js';
import {
  cancelledCharges,
  expiredCharges,
  isReached,
  localLease,
  settledCharges,
  type Reservation,
  type ReservationEnd,
} from './reservation-record.js';
import { ReservationRepository } from './reservation.repository.js';

const unsettled: SettleReservationReply = { settled: false, limits: [] };

/** Which reservation is meant, and by whom. */
export interface NamedReservation {
  readonly tenant: string;
  readonly id: string;
  /** Of a key that reaches only its own; services and administrators reach all of a tenant's. */
  readonly keyId?: string;
}

/** Ends reservations: each once, in one step with the limits that it was taken from. */
@Injectable()
export class SettlementService {
  constructor(
    private readonly repository: ReservationRepository,
    private readonly fallback: FallbackLimitsService,
    private readonly outputs: OutputLengthService,
    private readonly metrics: ReservationMetrics,
  ) {}

  /** Puts the real cost in the place of what was reserved, in the windows of the reservation. */
  async settle(
    { tenant, id, keyId }: NamedReservation,
    cost: LimitCost,
    estimated = false,
  ): Promise<SettleReservationReply> {
    this.fallback.release(localLease(tenant, id));
    const reservation = await this.findHeld(tenant, id, keyId);
    if (!reservation) return unsettled;
    const changes = settledCharges(reservation, cost);
    const limits = await this.end(tenant, reservation, 'settled', changes);
    if (!limits) return unsettled;
    this.metrics.settled(changes, estimated ? 'estimated' : 'reported');
    const { estimatedModel } = reservation;
    const isKnown = estimatedModel !== undefined && cost.outputTokens !== undefined && !estimated;
    if (isKnown) this.outputs.learn(tenant, estimatedModel, cost.outputTokens!);
    return { settled: true, limits };
  }

  /** Gives everything back; false when it has ended before. */
  async cancel({ tenant, id, keyId }: NamedReservation): Promise<boolean> {
    this.fallback.release(localLease(tenant, id));
    const reservation = await this.findHeld(tenant, id, keyId);
    if (!reservation) return false;
    const limits = await this.end(tenant, reservation, 'cancelled', cancelledCharges(reservation));
    if (limits) this.metrics.count('cancelled');
    return limits !== undefined;
  }

  /** What is due is ended as it was told to be; what is not, or has ended, is left alone. */
  async expire(tenant: string, id: string): Promise<void> {
    const reservation = await this.findHeld(tenant, id);
    if (!reservation) {
      // Its record has gone, or cannot be read: the script takes it off the list.
      await this.repository.end(tenant, id, 'expired', []);
      return;
    }
    await this.expireHeld(tenant, reservation);
  }

  private async end(
    tenant: string,
    reservation: Reservation,
    end: ReservationEnd,
    changes: readonly LimitChange[],
  ): Promise<readonly LimitState[] | undefined> {
    const outcome = await this.repository.end(tenant, reservation.id, end, changes);
    if (outcome.ended) return outcome.limits;
    if (outcome.why === 'due') {
      this.metrics.count('late');
      await this.expireHeld(tenant, reservation);
    }
    return undefined;
  }

  private async expireHeld(tenant: string, reservation: Reservation): Promise<void> {
    const outcome = await this.repository.end(tenant, reservation.id, 'expired', expiredCharges(reservation));
    if (outcome.ended) this.metrics.count('expired');
  }

  /** Somebody else's is as good as none. */
  private async findHeld(tenant: string, id: string, keyId?: string): Promise<Reservation | undefined> {
    const found = await this.repository.find(tenant, id);
    return typeof found === 'object' && isReached(found, keyId) ? found : undefined;
  }
}
