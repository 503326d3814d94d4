import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import type { LimitState, LimitVerdict } from '#contracts';
import { Metrics } from '#service';
import type { LimitDemand } from '../limit/limit-engine.js';

type Outcome = 'allowed' | 'denied' | 'shadow-denied';

/** What checks come to, by policy and limit: as many as administrators have named. */
@Injectable()
export class CheckMetrics {
  private readonly decisions: Counter<'policy' | 'limit' | 'outcome'>;
  private readonly near: Counter<'policy' | 'limit'>;
  private readonly blocked: Counter;
  private readonly degraded: Counter;

  constructor(metrics: Metrics) {
    const decided = 'Requests by limit: let through, refused by it, or beyond it in shadow mode';
    this.decisions = metrics.counter('larder_limit_decisions_total', decided, ['policy', 'limit', 'outcome']);
    const near = 'Requests that were let through and left a limit nearly reached';
    this.near = metrics.counter('larder_limit_near_total', near, ['policy', 'limit']);
    this.blocked = metrics.counter('larder_limit_blocked_total', 'Requests of subjects that are blocked');
    this.degraded = metrics.counter(
      'larder_limit_degraded_total',
      'Checks that were decided without Redis, by the failure modes of their limits',
    );
  }

  count(demands: readonly LimitDemand[], { allowed, limits }: LimitVerdict): void {
    limits.forEach((state, index) => {
      const { effective, cost } = demands[index]!;
      if (cost === 0) return;
      const labels = { policy: state.policy, limit: state.name };
      const outcome = outcomeOf(state, allowed);
      if (outcome) this.decisions.inc({ ...labels, outcome });
      if (allowed && state.limit - state.remaining >= effective.nearLimit * state.limit) this.near.inc(labels);
    });
  }

  countBlocked(): void {
    this.blocked.inc();
  }

  countDegraded(): void {
    this.degraded.inc();
  }
}

/** Nothing for a limit that had room where another refused. */
function outcomeOf({ retryAfterMs, shadow }: LimitState, allowed: boolean): Outcome | undefined {
  if (retryAfterMs !== 0) return shadow ? 'shadow-denied' : 'denied';
  return allowed ? 'allowed' : undefined;
}
