import { Injectable } from '@nestjs/common';
import {
  awaitFlight,
  finishFlight,
  lookUp,
  renewFlight,
  storeAnswer,
  type AwaitFlightReply,
  type FlightMember,
  type LookUpReply,
  type LookUpRequest,
  type StoreAnswerReply,
  type StoreAnswerRequest,
} from '#contracts';
import { RpcClient } from '#redis-streams';
import { ServiceEnv } from '#service';
import { GuardedRpc } from '../guarded-rpc.js';

/** The cache service cannot be reached: go on without it. */
export class CacheUnavailableError extends Error {}

/** The cache service as the gateway sees it. */
@Injectable()
export class AnswerCacheClient {
  private readonly rpc: GuardedRpc;

  constructor(
    rpc: RpcClient,
    private readonly env: ServiceEnv,
  ) {
    this.rpc = new GuardedRpc(rpc, (cause) => new CacheUnavailableError('the cache is away', { cause }));
  }

  lookUp(request: LookUpRequest, traceparent?: string): Promise<LookUpReply> {
    return this.rpc.call(lookUp, request, this.env.cacheLookUpMs, traceparent);
  }

  store(request: StoreAnswerRequest, traceparent?: string): Promise<StoreAnswerReply> {
    return this.rpc.call(storeAnswer, request, this.env.cacheStoreMs, traceparent);
  }

  awaitFlight(member: FlightMember): Promise<AwaitFlightReply> {
    return this.rpc.call(awaitFlight, member);
  }

  renewFlight(member: FlightMember): Promise<{ readonly held: boolean }> {
    return this.rpc.call(renewFlight, member);
  }

  finishFlight(member: FlightMember, outcome: string | undefined): Promise<{ readonly held: boolean }> {
    const request = outcome === undefined ? member : { ...member, outcome };
    return this.rpc.call(finishFlight, request, this.env.cacheStoreMs);
  }
}
