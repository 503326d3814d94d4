import { Injectable } from '@nestjs/common';
import { ServiceError, type LimitCost, type ReserveLimitsReply, type ReserveLimitsRequest } from '#contracts';
import type { EffectiveLimit } from '#limits';
import { CheckMetrics } from '../check/check-metrics.js';
import { FallbackLimitsService } from '../check/fallback-limits.service.js';
import { LimitQuestionService } from '../check/limit-question.service.js';
import { estimatedCost } from '../estimate/estimated-cost.js';
import { OutputLengthService } from '../estimate/output-length.service.js';
import { LimitEngine, type LimitDemand } from '../limit/limit-engine.js';
import { readReceipt } from '../limit/receipt.js';
import { isAway } from '../ratelimit.errors.js';
import { AnnouncedTenants } from './announced-tenants.js';
import { OutstandingRepository } from './outstanding.repository.js';
import { ReservationMetrics } from './reservation-metrics.js';
import { localLease } from './reservation-record.js';
import { ReservationRepository, type NewReservation, type ReserveOutcome } from './reservation.repository.js';

/** Who reserves: a key over REST, or a service. */
interface ReservationHolder {
  readonly keyId?: string;
  /** As of `TakeOptions`. */
  readonly looksAtGlobal?: boolean;
}

interface Reserved {
  readonly demands: readonly LimitDemand[];
  readonly reserved: LimitCost;
  readonly outcome: ReserveOutcome;
}

/** Sets aside what a call may cost, from all limits or from none, until it is known what it did cost. */
@Injectable()
export class ReservationService {
  private readonly announced: AnnouncedTenants;

  constructor(
    private readonly questions: LimitQuestionService,
    private readonly fallback: FallbackLimitsService,
    private readonly repository: ReservationRepository,
    private readonly engine: LimitEngine,
    private readonly outputs: OutputLengthService,
    private readonly metrics: ReservationMetrics,
    private readonly decisions: CheckMetrics,
    outstanding: OutstandingRepository,
  ) {
    this.announced = new AnnouncedTenants((tenant) => outstanding.announce(tenant));
  }

  /**
   * The same id reserves once; asked again, it tells of the reservation that there is.
   * @throws ServiceError conflict when a reservation of this id has ended already
   */
  async reserve(request: ReserveLimitsRequest, holder: ReservationHolder = {}): Promise<ReserveLimitsReply> {
    const { tenant, id } = request;
    const refund = request.refund === undefined ? [] : readReceipt(request.refund);
    const limits = this.questions.limitsOf(request);
    const reserved = await this.costOf(request, limits);
    const blocked = this.questions.blocked(request);
    if (blocked) {
      this.decisions.countBlocked();
      return { ...blocked, id, reserved };
    }
    if (limits.length === 0) return { id, allowed: true, limits: [], reserved };
    const demands = withPlaces(this.questions.demandsOf(request, reserved));
    try {
      await this.announced.ensure(tenant);
      const outcome = await this.repository.reserve(tenant, demands, {
        ...toRecord(request, reserved, holder),
        refund,
      });
      if (!outcome) return await this.known(request, holder, demands);
      return this.told(request, { demands, reserved, outcome });
    } catch (fault) {
      if (!isAway(fault)) throw fault;
      // Nothing is recorded: as with a check while Redis is away, each replica knows only its own share.
      this.metrics.count('degraded');
      this.decisions.countDegraded();
      return { ...this.fallback.verdict(demands, localLease(tenant, id)), id, reserved };
    }
  }

  private told({ id }: ReserveLimitsRequest, { demands, reserved, outcome }: Reserved): ReserveLimitsReply {
    const { deadline, ...verdict } = outcome;
    this.metrics.count(verdict.allowed ? 'reserved' : 'denied');
    this.decisions.count(demands, verdict);
    const expiry = verdict.allowed ? { expiresAt: new Date(deadline).toISOString() } : {};
    return { ...verdict, id, reserved, ...expiry };
  }

  private async costOf(request: ReserveLimitsRequest, limits: readonly EffectiveLimit[]): Promise<LimitCost> {
    const { cost, estimate, tenant, subject } = request;
    if ((cost === undefined) === (estimate === undefined)) {
      throw new ServiceError('invalid_request', 'One of cost and estimate is needed', { param: 'cost' });
    }
    if (cost) return cost;
    const learned = await this.outputs.learned(tenant, estimate!.model);
    return estimatedCost(estimate!, learned, limits, subject.model);
  }

  private async known(
    { tenant, id }: ReserveLimitsRequest,
    { keyId }: ReservationHolder,
    demands: readonly LimitDemand[],
  ): Promise<ReserveLimitsReply> {
    const found = await this.repository.find(tenant, id);
    if (typeof found !== 'object' || found.keyId !== keyId) {
      throw new ServiceError('conflict', 'A reservation of this id has ended, or is another’s', { param: 'id' });
    }
    const { limits } = await this.engine.peek(tenant, askingNothing(demands));
    const expiresAt = new Date(found.deadline).toISOString();
    return { id, allowed: true, limits, reserved: found.reserved, expiresAt };
  }
}

/** One place of each limit that bounds how many go on at a time, whatever they cost. */
function withPlaces(demands: readonly LimitDemand[]): LimitDemand[] {
  return demands.map((demand) =>
    demand.effective.limit.algorithm === 'concurrency' ? { ...demand, cost: 1 } : demand,
  );
}

/** Where the limits stand. */
function askingNothing(demands: readonly LimitDemand[]): LimitDemand[] {
  return demands.map((demand) => ({ ...demand, cost: 0 }));
}

function toRecord(
  request: ReserveLimitsRequest,
  reserved: LimitCost,
  { keyId, looksAtGlobal = false }: ReservationHolder,
): Omit<NewReservation, 'refund'> {
  const { id, ttlSeconds, keepOnExpiry = false, subject, estimate, policy } = request;
  const details = {
    reserved,
    createdAt: new Date().toISOString(),
    ...(subject.model !== undefined && { model: subject.model }),
    // Of a call that writes nothing there is no length to learn.
    ...(estimate && estimate.maxOutputTokens !== 0 && { estimatedModel: estimate.model }),
    ...(policy !== undefined && { policy }),
    ...(keyId !== undefined && { keyId }),
  };
  return { id, ttlMs: ttlSeconds * 1_000, keep: keepOnExpiry, details, looksAtGlobal };
}
