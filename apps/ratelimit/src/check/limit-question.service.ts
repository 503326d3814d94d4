import { Injectable } from '@nestjs/common';
import { blockName, ServiceError, type LimitCost, type LimitQuestion, type LimitVerdict } from '#contracts';
import { limitCost, limitCounter, type EffectiveLimit } from '#limits';
import type { LimitDemand } from '../limit/limit-engine.js';
import { RuleDirectory } from '../rules/rule-directory.service.js';

/** What the rules say of a request, before any counter is asked: from memory. */
@Injectable()
export class LimitQuestionService {
  constructor(private readonly directory: RuleDirectory) {}

  /** The refusal of a subject that is blocked: as by a limit of nothing, whose name is `block`. */
  blocked({ tenant, subject }: LimitQuestion): LimitVerdict | undefined {
    const block = this.directory.rules.blockOf(tenant, subject);
    if (!block) return undefined;
    const { retryAfterMs } = block;
    const resetMs = retryAfterMs ?? 0;
    const state = {
      policy: blockName,
      name: blockName,
      unit: 'requests',
      algorithm: 'fixed-window',
      limit: 0,
      windowSeconds: Math.ceil(resetMs / 1_000),
      remaining: 0,
      resetMs,
      retryAfterMs,
    } as const;
    return { allowed: false, binding: blockName, limits: [state] };
  }

  /**
   * The limits of the named policy, or those that are assigned to the subject.
   * @throws ServiceError not_found for a policy that there is not
   */
  limitsOf({ tenant, subject, policy }: LimitQuestion): readonly EffectiveLimit[] {
    const { rules, loaded } = this.directory;
    if (policy === undefined) return rules.limitsFor(tenant, subject);
    const limits = rules.limitsOf(policy);
    if (limits) return limits;
    // It may well be there, where nobody could look yet.
    if (!loaded) throw new ServiceError('unavailable', 'The policies cannot be read');
    throw new ServiceError('not_found', 'There is no such policy', { param: 'policy', reason: 'policy_not_found' });
  }

  demandsOf(question: LimitQuestion, cost: LimitCost): LimitDemand[] {
    const { tenant, subject } = question;
    return this.limitsOf(question).map((effective) => ({
      effective,
      counter: limitCounter(effective, tenant, subject),
      cost: limitCost(effective, cost, subject.model),
    }));
  }
}
