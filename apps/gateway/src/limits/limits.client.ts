import { Injectable } from '@nestjs/common';
import {
  cancelReservation,
  checkLimits,
  limitRules,
  reserveLimits,
  settleReservation,
  type CancelReservationRequest,
  type CheckLimitsRequest,
  type LimitRulesReply,
  type LimitVerdict,
  type ReserveLimitsReply,
  type ReserveLimitsRequest,
  type SettleReservationReply,
  type SettleReservationRequest,
} from '#contracts';
import { RpcClient } from '#redis-streams';
import { ServiceEnv } from '#service';
import { GuardedRpc } from '../guarded-rpc.js';

/** The limit service cannot be reached: each limit's failure mode says what now. */
export class LimitsUnavailableError extends Error {}

/** The limit service as the gateway sees it. */
@Injectable()
export class LimitsClient {
  private readonly guarded: GuardedRpc;

  constructor(
    private readonly rpc: RpcClient,
    private readonly env: ServiceEnv,
  ) {
    this.guarded = new GuardedRpc(rpc, (cause) => new LimitsUnavailableError('limits cannot be asked', { cause }));
  }

  check(request: CheckLimitsRequest, traceparent?: string): Promise<LimitVerdict> {
    return this.guarded.call(checkLimits, request, this.env.cacheLookUpMs, traceparent);
  }

  reserve(request: ReserveLimitsRequest, traceparent?: string): Promise<ReserveLimitsReply> {
    return this.guarded.call(reserveLimits, request, this.env.cacheLookUpMs, traceparent);
  }

  settle(request: SettleReservationRequest): Promise<SettleReservationReply> {
    return this.guarded.call(settleReservation, request);
  }

  cancel(request: CancelReservationRequest): Promise<{ readonly cancelled: boolean }> {
    return this.guarded.call(cancelReservation, request);
  }

  /** Asked in the background: no breaker, so that no request ever waits for its answer. */
  rules(since: number | undefined): Promise<LimitRulesReply> {
    return this.rpc.call(limitRules, since === undefined ? {} : { since });
  }
}
