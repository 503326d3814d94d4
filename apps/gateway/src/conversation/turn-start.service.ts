import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ServiceError, type BeginTurnReply, type BeginTurnRequest, type TurnMember } from '#contracts';
import { ServiceEnv } from '#service';
import type { CompletionRequest } from '../completion/completion-request.js';
import type { SessionControls } from './session-controls.js';
import { SessionClient, SessionUnavailableError } from './session.client.js';

/** A question that names its session. */
export type SessionQuestion = CompletionRequest & { readonly session: SessionControls };

export type StartedTurn = BeginTurnReply | { readonly state: 'away' };

/** Takes a session for one turn; waits for another one's end as long as the caller and a bound allow. */
@Injectable()
export class TurnStartService {
  constructor(
    private readonly sessions: SessionClient,
    private readonly env: ServiceEnv,
  ) {}

  /** @throws ServiceError unavailable when the client has gone */
  async start(request: SessionQuestion, turn: BeginTurnRequest): Promise<StartedTurn> {
    const giveUpAt = Date.now() + this.env.sessionWaitMs;
    for (;;) {
      const reply = await this.ask(turn, request.traceparent);
      if (request.client.signal.aborted) {
        void this.sessions.release(memberOf(turn));
        throw new ServiceError('unavailable', 'The client has gone');
      }
      if (reply.state !== 'busy' || turn.onBusy === 'refuse' || Date.now() >= giveUpAt) return reply;
    }
  }

  private async ask(turn: BeginTurnRequest, traceparent?: string): Promise<StartedTurn> {
    try {
      return await this.sessions.begin(turn, traceparent);
    } catch (fault) {
      if (!(fault instanceof SessionUnavailableError)) throw fault;
      // The reply may be all that was lost.
      void this.sessions.release(memberOf(turn));
      return { state: 'away' };
    }
  }
}

/** The turn that a question wants to take. */
export function turnOf(request: SessionQuestion): BeginTurnRequest {
  const { body, principal, session, userId } = request;
  const { sessionId, onBusy, reach, strategy, maxTokens } = session;
  return {
    tenant: principal.tenant,
    sessionId,
    turnId: turnId(request),
    model: body.model,
    onBusy,
    ...(userId !== undefined && { userId }),
    ...(reach !== undefined && { reach }),
    ...(strategy !== undefined && { strategy }),
    ...(maxTokens !== undefined && { maxTokens }),
  };
}

/** The turn's name, without what it was begun with. */
export function memberOf({ tenant, sessionId, turnId, userId, reach }: BeginTurnRequest): TurnMember {
  return { tenant, sessionId, turnId, ...(userId !== undefined && { userId }), ...(reach !== undefined && { reach }) };
}

/** A repeat under the same idempotency key is the same turn, should the record of its answer be lost: it is kept once. */
function turnId({ idempotencyKey, principal, session }: SessionQuestion): string {
  if (idempotencyKey === undefined) return randomBytes(16).toString('hex');
  return createHash('sha256').update(`${principal.keyId}\n${session.sessionId}\n${idempotencyKey}`).digest('hex');
}
