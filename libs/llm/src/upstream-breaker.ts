import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import type { UpstreamLogger } from './upstream-config.js';
import { UpstreamError } from './upstream-error.js';

const faultsToOpen = 5;
const firstPauseMs = 2_000;
const longestPauseMs = 30_000;

export interface BreakerRules<T> {
  /** Whether a thrown error speaks against the upstream; a client that leaves does not. */
  readonly countsError: (error: Error) => boolean;
  readonly countsResult: (result: T) => boolean;
}

/** Stops asking an upstream that failed five times in a row, and tries one call now and then until it answers. */
export class UpstreamBreaker<T> {
  private readonly policy: CircuitBreakerPolicy;
  private isReported = false;

  constructor(
    private readonly upstream: string,
    rules: BreakerRules<T>,
    private readonly logger?: UpstreamLogger,
  ) {
    this.policy = circuitBreaker(
      handleWhen(rules.countsError).orWhenResult((result) => rules.countsResult(result as T)),
      {
        halfOpenAfter: new ExponentialBackoff({ initialDelay: firstPauseMs, maxDelay: longestPauseMs }),
        breaker: new ConsecutiveBreaker(faultsToOpen),
      },
    );
    this.policy.onBreak(() => this.reportBreak());
    this.policy.onReset(() => this.reportReset());
  }

  /** Throws UpstreamError `unavailable` at once while the upstream is left alone. */
  async run(attempt: () => Promise<T>): Promise<T> {
    // While one call probes, cockatiel would let all others wait for it, and a completion may take minutes.
    if (this.policy.state === CircuitState.HalfOpen) throw this.leftAlone();
    try {
      return await this.policy.execute(attempt);
    } catch (error) {
      throw error instanceof BrokenCircuitError ? this.leftAlone() : error;
    }
  }

  /** A failed probe opens the breaker again, which is no news. */
  private reportBreak(): void {
    if (this.isReported) return;
    this.isReported = true;
    this.logger?.warn('upstream is failing and is left alone for a while', { upstream: this.upstream });
  }

  private reportReset(): void {
    this.isReported = false;
    this.logger?.info('upstream answers again', { upstream: this.upstream });
  }

  private leftAlone(): UpstreamError {
    const message = `upstream "${this.upstream}" is failing and is not asked for the moment`;
    return new UpstreamError('unavailable', message, this.upstream);
  }
}
