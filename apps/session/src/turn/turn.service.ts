import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type {
  BeginTurnReply,
  BeginTurnRequest,
  FinishTurnReply,
  FinishTurnRequest,
  SessionContext,
  TurnMember,
} from '#contracts';
import { ContextReader } from '../context/context-reader.js';
import { MessageAppendService } from '../message/message-append.service.js';
import { TokenCounter } from '../message/token-counter.js';
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
    private readonly tokens: TokenCounter,
  ) {}

  /** The context is read after the turn was taken: no other turn can change it any more. */
  async begin(request: BeginTurnRequest): Promise<BeginTurnReply> {
    const { tenant, sessionId, turnId } = request;
    // While the model works: what is said is counted when the turn ends.
    this.tokens.prepare();
    const [taken, early] = await this.takeAndRead(request);
    if (taken.state !== 'begun') return { state: taken.state };
    try {
      const user = { tenant, userId: taken.user };
      const isOfThisTurn = early !== undefined && early.lastSeq >= taken.lastSeq;
      const [context] = await Promise.all([
        isOfThisTurn ? early : this.contexts.read(request, request),
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

  /** Most sessions are free, so the context is asked for in the round trip that takes the turn. */
  private async takeAndRead(request: BeginTurnRequest): Promise<[TurnOutcome, SessionContext | undefined]> {
    const taking = this.turns.begin(request, request, request.turnId, leaseMs);
    const reading = this.contexts.read(request, request, request).catch(() => undefined);
    const taken = await taking;
    if (taken.state === 'begun') return [taken, await reading];
    return [taken.state === 'busy' && request.onBusy === 'wait' ? await this.take(request) : taken, undefined];
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
    for (const until = performance.now() + holdMs; ;) {
      await sleep(pollMs);
      const outcome = await this.turns.begin(request, request, request.turnId, leaseMs);
      if (outcome.state !== 'busy' || performance.now() > until) return outcome;
    }
  }
}
