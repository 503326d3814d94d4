import { Injectable } from '@nestjs/common';
import type { LimitVerdict } from '#contracts';
import { LocalShare } from '#limits';
import { ServiceEnv } from '#service';
import type { LimitDemand } from '../limit/limit-engine.js';

/** Verdicts while Redis is away, by each limit's failure mode; one share of the limits for the whole process. */
@Injectable()
export class FallbackLimitsService {
  private readonly share: LocalShare;

  constructor(env: ServiceEnv) {
    this.share = new LocalShare({ replicas: env.limitReplicas });
  }

  /** Takes, unless it denies. `lease` names the places of concurrency limits that it takes, for `release`. */
  verdict(demands: readonly LimitDemand[], lease?: string): LimitVerdict {
    return this.share.check(demands, lease);
  }

  peek(demands: readonly LimitDemand[]): LimitVerdict {
    return this.share.peek(demands);
  }

  release(lease: string): void {
    this.share.release(lease);
  }
}
