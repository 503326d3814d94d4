import { Injectable } from '@nestjs/common';
import type { CancelReservationRequest, SettleReservationRequest } from '#contracts';
import { Log, Metrics, ServiceEnv } from '#service';
import { LimitsClient, LimitsUnavailableError } from './limits.client.js';

/** What becomes of a settlement while the limit service is away: it is tried again after so long. Milliseconds. */
const againAfterMs = [1_000, 5_000, 20_000];
/** So many at once are tried again; a reservation that nobody settles lapses, and what it reserved counts as spent. */
const mostWaiting = 10_000;

type Result = 'settled' | 'cancelled' | 'lapsed' | 'lost';

/** Tells the limit service what became of reservations: a client waits for it but shortly, and a blink of Redis loses nothing. */
@Injectable()
export class SettlementService {
  private waiting = 0;
  private readonly settlements;

  constructor(
    private readonly client: LimitsClient,
    private readonly env: ServiceEnv,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.settlements = metrics.counter(
      'larder_gateway_settlements_total',
      'Model calls settled with the limit service, by result.',
      ['result'],
    );
  }

  /** Never rejects. @returns when it is done, or when the client has waited long enough. */
  settle(request: SettleReservationRequest): Promise<void> {
    return this.soon(async () => ((await this.client.settle(request)).settled ? 'settled' : 'lapsed'));
  }

  /** Never rejects. */
  cancel(request: CancelReservationRequest): Promise<void> {
    return this.soon(async () => ((await this.client.cancel(request)).cancelled ? 'cancelled' : 'lapsed'));
  }

  private soon(send: () => Promise<Result>): Promise<void> {
    const done = this.persist(send).then((result) => this.settlements.inc({ result }));
    return Promise.race([done, after(this.env.cacheStoreMs)]);
  }

  private async persist(send: () => Promise<Result>): Promise<Result> {
    try {
      return await send();
    } catch (fault) {
      if (!(fault instanceof LimitsUnavailableError) || this.waiting >= mostWaiting) return this.lose(fault);
    }
    this.waiting += 1;
    try {
      return await this.tryAgain(send);
    } finally {
      this.waiting -= 1;
    }
  }

  private async tryAgain(send: () => Promise<Result>): Promise<Result> {
    for (const afterMs of againAfterMs) {
      await after(afterMs);
      try {
        return await send();
      } catch (fault) {
        if (!(fault instanceof LimitsUnavailableError)) return this.lose(fault);
      }
    }
    return 'lost';
  }

  private lose(fault: unknown): Result {
    if (!(fault instanceof LimitsUnavailableError)) this.log.error('a model call was not settled', { error: fault });
    return 'lost';
  }
}

/** Milliseconds; keeps no process alive. */
function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
