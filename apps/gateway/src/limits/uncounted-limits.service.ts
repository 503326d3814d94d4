import { Injectable } from '@nestjs/common';
import type { LimitCost, LimitVerdict } from '#contracts';
import { LocalShare, type EffectiveLimit } from '#limits';
import { ServiceEnv } from '#service';
import { callerDemands } from './caller-demands.js';
import type { LimitedCaller } from './limited-caller.js';

/** Verdicts while the limit service cannot be asked: by each limit's failure mode, with this process' share of it. */
@Injectable()
export class UncountedLimitsService {
  private readonly share: LocalShare;

  constructor({ limitReplicas }: ServiceEnv) {
    this.share = new LocalShare({ replicas: limitReplicas });
  }

  /** One request; places are left to the model call that may follow. */
  admit(caller: LimitedCaller, limits: readonly EffectiveLimit[]): LimitVerdict {
    return this.verdict(caller, limits, (each) => (isMetered(each) ? {} : { requests: 1 }));
  }

  /** One model call. `id` names its places, for `release`. */
  reserve(caller: LimitedCaller, limits: readonly EffectiveLimit[], cost: LimitCost, id: string): LimitVerdict {
    return this.verdict(caller, limits, ({ limit }) => (isPlace(limit) ? { [limit.unit]: 1 } : cost), id);
  }

  release(id: string): void {
    this.share.release(id);
  }

  private verdict(
    caller: LimitedCaller,
    limits: readonly EffectiveLimit[],
    costOf: (limit: EffectiveLimit) => LimitCost,
    id?: string,
  ): LimitVerdict {
    return this.share.check(callerDemands(caller, limits, costOf), id);
  }
}

/** Whether a limit counts model calls and what they take, rather than requests. */
export function isMetered({ limit }: EffectiveLimit): boolean {
  return limit.unit !== 'requests' || isPlace(limit);
}

function isPlace({ algorithm }: EffectiveLimit['limit']): boolean {
  return algorithm === 'concurrency';
}
