import { Injectable } from '@nestjs/common';
import type { CheckLimitsRequest, LimitQuestion, LimitVerdict } from '#contracts';
import { staysDenied } from '#limits';
import { LimitEngine, type LimitDemand, type LimitOutcome, type TakeOptions } from '../limit/limit-engine.js';
import { writeReceipt } from '../limit/receipt.js';
import { isAway } from '../ratelimit.errors.js';
import { CheckMetrics } from './check-metrics.js';
import { FallbackLimitsService } from './fallback-limits.service.js';
import { LimitQuestionService } from './limit-question.service.js';

const unlimited: LimitVerdict = { allowed: true, limits: [] };

/** Tells whether a request may pass: by blocks, then by all of its limits at once, and without Redis by their failure modes. */
@Injectable()
export class CheckService {
  constructor(
    private readonly questions: LimitQuestionService,
    private readonly engine: LimitEngine,
    private readonly fallback: FallbackLimitsService,
    private readonly metrics: CheckMetrics,
  ) {}

  /** Takes the cost from every limit, or from none. */
  async check(request: CheckLimitsRequest, options: TakeOptions = {}): Promise<LimitVerdict> {
    const blocked = this.questions.blocked(request);
    if (blocked) {
      this.metrics.countBlocked();
      return blocked;
    }
    const demands = this.demandsOf(request);
    if (demands.length === 0) return unlimited;
    const { operationId } = request;
    const rememberDenials = mayRemember(request, demands);
    const take = () => this.engine.take(request.tenant, demands, { ...options, rememberDenials });
    const verdict = await this.counted(take, () => this.fallback.verdict(demands, operationId));
    this.metrics.count(demands, verdict);
    return withReceipt(verdict, operationId);
  }

  /** As `check`, and takes nothing. */
  async peek(request: CheckLimitsRequest): Promise<LimitVerdict> {
    const blocked = this.questions.blocked(request);
    if (blocked) return blocked;
    const demands = this.demandsOf(request);
    if (demands.length === 0) return unlimited;
    const peek = () => this.engine.peek(request.tenant, demands);
    return shown(await this.counted(peek, () => this.fallback.peek(demands)));
  }

  /** Where the limits stand, without asking anything of them. */
  async usage(question: LimitQuestion): Promise<LimitVerdict> {
    return this.peek({ ...question, cost: {} });
  }

  /** Forgets what the subject's limits have counted. @throws ServiceError unavailable */
  async reset(question: LimitQuestion): Promise<LimitVerdict> {
    const demands = this.questions.demandsOf(question, {});
    if (demands.length > 0) await this.engine.reset(question.tenant, demands);
    return this.usage(question);
  }

  private demandsOf(request: CheckLimitsRequest): LimitDemand[] {
    const demands = this.questions.demandsOf(request, request.cost);
    if (!request.leavePlaces) return demands;
    return demands.map((demand) => (isConcurrency(demand) ? { ...demand, cost: 0 } : demand));
  }

  private async counted(
    ask: () => Promise<LimitOutcome>,
    otherwise: () => LimitVerdict,
  ): Promise<LimitVerdict & Partial<Pick<LimitOutcome, 'charges'>>> {
    try {
      return await ask();
    } catch (fault) {
      if (!isAway(fault)) throw fault;
      this.metrics.countDegraded();
      return otherwise();
    }
  }
}

/** A denial may be repeated without asking Redis where only time makes room; a request with an `operationId` may be given back. */
function mayRemember({ operationId }: CheckLimitsRequest, demands: readonly LimitDemand[]): boolean {
  return operationId === undefined && demands.every(({ effective }) => staysDenied(effective));
}

function isConcurrency({ effective }: LimitDemand): boolean {
  return effective.limit.algorithm === 'concurrency';
}

function withReceipt(
  verdict: LimitVerdict & Partial<Pick<LimitOutcome, 'charges'>>,
  operationId: string | undefined,
): LimitVerdict {
  const receipt = operationId === undefined ? undefined : writeReceipt(verdict.charges ?? []);
  return { ...shown(verdict), ...(receipt !== undefined && { receipt }) };
}

/** What was charged, and where, stays inside. */
function shown({ allowed, binding, limits, degraded }: LimitVerdict): LimitVerdict {
  return { allowed, ...(binding !== undefined && { binding }), limits, ...(degraded && { degraded }) };
}
