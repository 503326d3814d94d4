import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import {
  beginTurn,
  finishTurn,
  renewTurn,
  type BeginTurnReply,
  type BeginTurnRequest,
  type FinishTurnReply,
  type FinishTurnRequest,
  type TurnMember,
} from '#contracts';
import { RpcClient } from '#redis-streams';
import { GuardedRpc } from '../guarded-rpc.js';

/** The session service, or its Redis, cannot be reached. */
export class SessionUnavailableError extends Error {}

/** Pauses before the second and the third attempt to keep a turn; milliseconds. A repeat adds nothing. */
const finishPausesMs = [100, 400];

/** The session service as the gateway sees it. */
@Injectable()
export class SessionClient {
  private readonly rpc: GuardedRpc;

  constructor(rpc: RpcClient) {
    this.rpc = new GuardedRpc(rpc, (cause) => new SessionUnavailableError('the session service is away', { cause }));
  }

  begin(turn: BeginTurnRequest, traceparent?: string): Promise<BeginTurnReply> {
    return this.rpc.call(beginTurn, turn, beginTurn.deadlineMs, traceparent);
  }

  renew(member: TurnMember): Promise<{ readonly held: boolean }> {
    return this.rpc.call(renewTurn, member);
  }

  /** The answer has been paid for: a failover that takes a moment must not cost the turn. */
  async finish(turn: FinishTurnRequest, traceparent?: string): Promise<FinishTurnReply> {
    for (const pauseMs of finishPausesMs) {
      try {
        return await this.finishOnce(turn, traceparent);
      } catch (fault) {
        if (!(fault instanceof SessionUnavailableError)) throw fault;
        await delay(pauseMs);
      }
    }
    return this.finishOnce(turn, traceparent);
  }

  /** Lets go of a turn that came to nothing. Never rejects: a lease that is not given back runs out by itself. */
  async release(member: TurnMember): Promise<void> {
    await this.finishOnce({ ...member, messages: [], baseSeq: 0 }).catch(() => undefined);
  }

  private finishOnce(turn: FinishTurnRequest, traceparent?: string): Promise<FinishTurnReply> {
    return this.rpc.call(finishTurn, turn, finishTurn.deadlineMs, traceparent);
  }
}
