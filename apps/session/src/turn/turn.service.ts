import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { BeginTurnReply, BeginTurnRequest, FinishTurnReply, FinishTurnRequest, TurnMember } from '#contracts';
import { ContextReader } from '../context/context-reader.js';
import { MessageAppendService } from '../message/message-append.service.js';
import { UserSessionsRepository } from '../user/user-sessions.repository.js';
import { TurnRepository, type TurnOutcome } from './turn.repository.js';

const leaseMs = 30_000;
/** How long a caller that waits is held before it must ask again; less than its deadline. */
const holdMs = 1_000;
const pollMs = 50;

/** Turns of a session, one at a time: from the context that the model is sent to the append of question and answer. */
@Injectable()
export class TurnService {
  constructor(
    private readonly turns: TurnRepository,
    private readonly contexts: ContextReader,
    private readonly appends: MessageAppendService,
    private readonly users: UserSessionsRepository,
  ) {}

  /** The context is read after the turn was taken: no other turn can change it any more. */
  async begin(request: BeginTurnRequest): Promise<BeginTurnReply> {
    const taken = await this.take(request);
    if (taken.state !== 'begun') return { state: taken.state };
    const { tenant, sessionId, turnId } = request;
    try {
      const user = { tenant, userId: taken.user };
      const [context] = await Promise.all([
        this.contexts.read(request, request),
        taken.user && this.users.list(user, sessionId, Date.now(), taken.expiresAt),
      ]);
      if (context) return { state: 'begun', context, leaseMs };
    } catch (error) {
      // Whoever asks again should not find the session taken by a turn that never was.
      await this.turns.renew(request, turnId, 0).catch(() => undefined);
      throw error;
    }
    return { state: 'absent' };
  }

  async renew(member: TurnMember): Promise<{ held: boolean }> {
    return { held: await this.turns.renew(member, member.turnId, leaseMs) };
  }

  async finish(request: FinishTurnRequest): Promise<FinishTurnReply> {
    const { turnId, baseSeq } = request;
    if (request.messages.length === 0) {
      await this.turns.renew(request, turnId, 0);
      return { state: 'appended', lastSeq: baseSeq };
    }
    const messages = request.messages.map((message, index) => ({ ...message, id: message.id ?? `${turnId}.${index}` }));
    const reply = await this.appends.append(request, request, messages, { turn: { turnId, baseSeq } });
    if (reply.state === 'appended') return { state: 'appended', lastSeq: reply.lastSeq };
    return { state: reply.state === 'absent' ? 'absent' : 'lost' };
  }

  private async take(request: BeginTurnRequest): Promise<TurnOutcome> {
    const until = performance.now() + holdMs;
    for (;;) {
      const outcome = await this.turns.begin(request, request, request.turnId, leaseMs);
      if (outcome.state !== 'busy' || request.onBusy !== 'wait' || performance.now() > until) return outcome;
      await sleep(pollMs);
    }
  }
}
