import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { blockName, type CostEstimate, type LimitVerdict } from '#contracts';
import { failureMode, RememberedDenials, staysDenied, type EffectiveLimit } from '#limits';
import { Metrics } from '#service';
import type { Outcome } from '../completion/outcome.js';
import { callerDemands } from './caller-demands.js';
import { limitHeaders } from './limit-headers.js';
import { blockedRefusal, limitRefusal } from './limit-refusal.js';
import { LimitRulesService } from './limit-rules.service.js';
import { limitSubject, ruleSubject, type LimitedCaller } from './limited-caller.js';
import { LimitsClient, LimitsUnavailableError } from './limits.client.js';
import { estimatedCost } from './model-cost.js';
import { SettlementService } from './settlement.service.js';
import { Spending } from './spending.js';
import { unlimited, type Standing } from './standing.js';
import { isMetered, UncountedLimitsService } from './uncounted-limits.service.js';

export interface Admission extends Standing {
  /** Gives the request back, should the model call that follows be denied. */
  readonly receipt?: string;
}

export interface Allowance extends Standing {
  /** What the call was set aside; absent when nothing limits it. */
  readonly spending?: Spending;
}

/** No upstream call lasts longer. Of a holder that died, what it reserved counts as spent: the call was probably made. Seconds. */
const reservationSeconds = 900;

/** Asks the limits: for a request beside the look-up, for tokens and money only before a model is really called. */
@Injectable()
export class LimitsService {
  private readonly refusals;
  private readonly denials = new RememberedDenials();

  constructor(
    private readonly client: LimitsClient,
    private readonly rules: LimitRulesService,
    private readonly uncounted: UncountedLimitsService,
    private readonly settlements: SettlementService,
    metrics: Metrics,
  ) {
    this.refusals = metrics.counter('larder_limit_refusals_total', 'Requests that limits refused, by HTTP status.', [
      'status',
    ]);
  }

  /** Takes one request: at once for a caller without limits; for any other the limit service is asked, once. */
  admit(caller: LimitedCaller): Admission | Promise<Admission> {
    const block = this.rules.current.blockOf(caller.principal.tenant, ruleSubject(caller));
    if (block) return this.refuse(blockedRefusal(block.retryAfterMs), unlimited);
    const limits = this.limitsOf(caller);
    return limits.length === 0 && this.rules.isLoaded ? unlimited : this.admitBy(caller, limits);
  }

  private async admitBy(caller: LimitedCaller, limits: readonly EffectiveLimit[]): Promise<Admission> {
    const verdict = await this.check(caller, limits);
    const { receipt } = verdict;
    return { ...this.standing(verdict, limits), ...(receipt !== undefined && { receipt }) };
  }

  /**
   * Sets aside what a model call may cost.
   * @param receipt of the request's admission: the request is given back when the call is denied
   */
  async reserve(caller: LimitedCaller, estimated: () => CostEstimate, receipt?: string): Promise<Allowance> {
    const limits = this.limitsOf(caller);
    if (this.rules.isLoaded && !limits.some(isMetered)) return unlimited;
    const estimate = estimated();
    const reservation = { tenant: caller.principal.tenant, id: newOperationId() };
    const verdict = await this.set(caller, limits, {
      id: reservation.id,
      estimate,
      ...(receipt && { refund: receipt }),
    });
    const standing = this.standing(verdict, limits);
    if (!standing.refusal) {
      const release = () => this.uncounted.release(reservation.id);
      return { ...standing, spending: new Spending(reservation, estimate, this.settlements, release) };
    }
    // The service may have reserved all the same, and its answer come too late.
    if (verdict.degraded) void this.settlements.cancel(reservation);
    return standing;
  }

  private limitsOf(caller: LimitedCaller): readonly EffectiveLimit[] {
    return this.rules.current.limitsFor(caller.principal.tenant, ruleSubject(caller));
  }

  private async check(caller: LimitedCaller, limits: readonly EffectiveLimit[]): Promise<LimitVerdict> {
    const cost = { requests: 1 };
    // Where nothing can be given back there is no receipt, and a denial may be repeated.
    const mayBeGivenBack = !this.rules.isLoaded || limits.some(isMetered);
    const request = {
      tenant: caller.principal.tenant,
      subject: limitSubject(caller),
      cost,
      leavePlaces: true,
      ...(mayBeGivenBack && { operationId: newOperationId() }),
    };
    const ask = () =>
      orUncounted(this.client.check(request, caller.traceparent), () => this.uncounted.admit(caller, limits));
    if (mayBeGivenBack || !limits.every(staysDenied)) return ask();
    return this.denials.findOr(
      callerDemands(caller, limits, () => cost),
      ask,
    );
  }

  private async set(
    caller: LimitedCaller,
    limits: readonly EffectiveLimit[],
    wanted: { readonly id: string; readonly estimate: CostEstimate; readonly refund?: string },
  ): Promise<LimitVerdict> {
    const request = {
      ...wanted,
      tenant: caller.principal.tenant,
      subject: limitSubject(caller),
      ttlSeconds: reservationSeconds,
      keepOnExpiry: true,
    };
    return orUncounted(this.client.reserve(request, caller.traceparent), () =>
      this.uncounted.reserve(caller, limits, estimatedCost(wanted.estimate), wanted.id),
    );
  }

  private standing(verdict: LimitVerdict, limits: readonly EffectiveLimit[]): Standing {
    const { allowed, binding, degraded = false } = verdict;
    // Of a block that these rules have not heard of yet.
    if (binding === blockName) return this.refuse(blockedRefusal(verdict.limits[0]?.retryAfterMs ?? null), unlimited);
    const standing = { headers: limitHeaders(verdict.limits), ...(degraded && { isDegraded: true }) };
    if (allowed) return standing;
    const held = limits.find(({ limit }) => limit.name === binding);
    const isClosed = degraded && held !== undefined && failureMode(held.limit) === 'closed';
    return this.refuse(limitRefusal(verdict, isClosed), standing);
  }

  private refuse(refusal: Outcome, standing: Standing): Standing {
    this.refusals.inc({ status: String(refusal.status) });
    return { ...standing, refusal };
  }
}

async function orUncounted(asked: Promise<LimitVerdict>, uncounted: () => LimitVerdict): Promise<LimitVerdict> {
  try {
    return await asked;
  } catch (fault) {
    if (fault instanceof LimitsUnavailableError) return uncounted();
    throw fault;
  }
}

/** 128 random bits in hexadecimal. */
function newOperationId(): string {
  return randomBytes(16).toString('hex');
}
