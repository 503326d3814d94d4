import { Injectable } from '@nestjs/common';
import type { Counter, Gauge } from 'prom-client';
import type { LimitUnit } from '#contracts';
import { Metrics } from '#service';
import type { LimitChange } from '../limit/limit-engine.js';

type ReservationOutcome = 'reserved' | 'denied' | 'degraded' | 'settled' | 'cancelled' | 'expired' | 'late';

/** What becomes of reservations. */
@Injectable()
export class ReservationMetrics {
  private readonly reservations: Counter<'outcome'>;
  private readonly settlements: Counter<'basis'>;
  private readonly overshoot: Counter<'unit'>;
  private readonly outstanding: Gauge;

  constructor(metrics: Metrics) {
    this.reservations = metrics.counter('larder_limit_reservations_total', 'Reservations by what became of them', [
      'outcome',
    ]);
    this.settlements = metrics.counter(
      'larder_limit_settlements_total',
      'Settled reservations, by whether upstream said what was used or it was estimated',
      ['basis'],
    );
    const help = 'What settled reservations cost beyond what they had reserved, in the unit of the limits';
    this.overshoot = metrics.counter('larder_limit_overshoot_total', help, ['unit']);
    const all = 'Reservations of all tenants that are neither settled nor expired; every replica tells the same';
    this.outstanding = metrics.gauge('larder_limit_reservations_outstanding', all);
  }

  count(outcome: ReservationOutcome): void {
    this.reservations.inc({ outcome });
  }

  settled(changes: readonly LimitChange[], basis: 'reported' | 'estimated'): void {
    this.count('settled');
    this.settlements.inc({ basis });
    const beyond = new Map<LimitUnit, number>();
    for (const { charge, cost } of changes) {
      // Several limits of one unit were overshot by one and the same call.
      const { unit } = charge.limit;
      beyond.set(unit, Math.max(beyond.get(unit) ?? 0, cost - charge.cost));
    }
    for (const [unit, amount] of beyond) if (amount > 0) this.overshoot.inc({ unit }, amount);
  }

  setOutstanding(count: number): void {
    this.outstanding.set(count);
  }
}
