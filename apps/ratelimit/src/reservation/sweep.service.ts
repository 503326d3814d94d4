import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Log } from '#service';
import { OutstandingRepository, type AnnouncedTenant, type OutstandingPlace } from './outstanding.repository.js';
import { ReservationMetrics } from './reservation-metrics.js';
import { SettlementService } from './settlement.service.js';

/** Milliseconds between two rounds; a reservation ends at most so much, and the round itself, after its deadline. */
const everyMs = 500;
/** Tenants looked at in one round: of more than so many, each has its turn in one of the next rounds. */
const tenantsPerRound = 1_000;
const tenantsAtOnce = 20;
/** Of one tenant in one look. */
const mostDue = 50;
const mostLooks = 100;

/**
 * Ends reservations whose holder did not come back. Every replica sweeps; each reservation is ended once, because the script that
 * does it asks whether it is still held.
 */
@Injectable()
export class SweepService implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;
  private from = 0;
  private outstanding = 0;
  private isFailing = false;
  private hasFailed = false;

  constructor(
    private readonly repository: OutstandingRepository,
    private readonly settlement: SettlementService,
    private readonly metrics: ReservationMetrics,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  onApplicationShutdown(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  /** One look at some of the tenants. */
  async sweep(): Promise<void> {
    const [now, tenants] = await Promise.all([
      this.repository.now(),
      this.repository.tenants(this.from, tenantsPerRound),
    ]);
    for (let start = 0; start < tenants.length; start += tenantsAtOnce) {
      const some = tenants.slice(start, start + tenantsAtOnce);
      const counts = await Promise.all(some.map((tenant) => this.sweepTenant(tenant, now)));
      this.outstanding += counts.reduce((sum, count) => sum + count, 0);
    }
    this.from += tenants.length;
    if (tenants.length === tenantsPerRound) return;
    this.metrics.setOutstanding(this.outstanding);
    this.from = 0;
    this.outstanding = 0;
  }

  /** @returns how many are outstanding. */
  private async sweepTenant(announced: AnnouncedTenant, now: number): Promise<number> {
    for (let look = 0; ; look += 1) {
      const { first, all } = await this.repository.earliest(announced.tenant, mostDue);
      if (all === 0) await this.repository.forget(announced);
      const due = first.filter(({ deadline }) => deadline <= now);
      const ended = await this.endAll(announced.tenant, due);
      const isDone = due.length < mostDue || ended < due.length;
      if (isDone || look === mostLooks || this.isClosed) return all - ended;
    }
  }

  /** One that cannot be ended does not keep the others. */
  private async endAll(tenant: string, due: readonly OutstandingPlace[]): Promise<number> {
    const endings = await Promise.allSettled(due.map(({ id }) => this.settlement.expire(tenant, id)));
    for (const ending of endings) if (ending.status === 'rejected') this.failed(ending.reason);
    return endings.filter(({ status }) => status === 'fulfilled').length;
  }

  private schedule(): void {
    if (this.isClosed) return;
    // Replicas that were started together need not sweep together.
    this.timer = setTimeout(() => void this.round(), everyMs * (0.75 + Math.random() / 2));
    this.timer.unref();
  }

  private async round(): Promise<void> {
    this.hasFailed = false;
    try {
      await this.sweep();
    } catch (error) {
      this.from = 0;
      this.outstanding = 0;
      this.failed(error);
    }
    this.isFailing = this.hasFailed;
    this.schedule();
  }

  /** Said once, until a round goes well again. */
  private failed(error: unknown): void {
    if (!this.isFailing && !this.hasFailed && !this.isClosed) this.log.warn('Reservations are not swept', { error });
    this.hasFailed = true;
  }
}
