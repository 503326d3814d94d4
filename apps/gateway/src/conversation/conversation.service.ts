import { Injectable } from '@nestjs/common';
import { ServiceError, type BeginTurnRequest, type ContextManifest } from '#contracts';
import { Log, Metrics } from '#service';
import type { CompletionRequest } from '../completion/completion-request.js';
import { CompletionService } from '../completion/completion.service.js';
import { withDegraded, type Answer, type Outcome } from '../completion/outcome.js';
import { assertKeepable } from './new-entries.js';
import { OpenTurn, type BegunTurn } from './open-turn.js';
import { SessionClient } from './session.client.js';
import { busy, notKept, unavailable, type TurnEnd } from './turn-end.js';
import { memberOf, turnOf, TurnStartService, type SessionQuestion } from './turn-start.service.js';

/** A question's place in a session: what was said before goes in front of it, and both sides of the turn are kept. */
@Injectable()
export class ConversationService {
  private readonly turns;

  constructor(
    private readonly completions: CompletionService,
    private readonly starts: TurnStartService,
    private readonly sessions: SessionClient,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.turns = metrics.counter('larder_session_turns_total', 'Turns of sessions, by what became of them.', ['end']);
  }

  /** @throws ServiceError not_found for a session that is not there for this caller */
  complete(request: CompletionRequest): Promise<Answer> {
    const { session } = request;
    return session ? this.completeIn({ ...request, session }) : this.completions.complete(request);
  }

  private async completeIn(request: SessionQuestion): Promise<Answer> {
    // What no session can hold is refused before anybody waits for one.
    assertKeepable(request.dialect.session, request.body);
    const turn = turnOf(request);
    const started = await this.starts.start(request, turn);
    if (started.state === 'begun') return this.inTurn(request, turn, started);
    this.turns.inc({ end: started.state });
    if (started.state === 'absent') throw absent();
    if (started.state === 'busy') return refusal(busy(request.session.onBusy));
    return this.withoutSession(request, unavailable());
  }

  private async withoutSession(request: SessionQuestion, refused: Outcome): Promise<Answer> {
    if (request.session.onFailure === 'refuse') return refusal(refused);
    return withDegraded(await this.completions.complete(request), 'session');
  }

  private async inTurn(request: SessionQuestion, asked: BeginTurnRequest, begun: BegunTurn): Promise<Answer> {
    const turn = new OpenTurn(this.sessions, { request, member: memberOf(asked), begun, onEnd: this.count });
    try {
      const answer = await this.completions.complete(contextual(request, turn));
      const told = { ...answer, headers: { ...answer.headers, ...contextHeader(begun.context.manifest) } };
      return turn.isStreaming ? told : await this.keep(request, turn, told);
    } catch (fault) {
      await turn.release();
      throw fault;
    }
  }

  /** An answer that is known whole is given when it is kept. */
  private async keep({ session }: SessionQuestion, turn: OpenTurn, answer: Answer): Promise<Answer> {
    const refused = notKept(await turn.conclude(await answer.outcome));
    if (!refused) return answer;
    return session.onFailure === 'stateless' ? withDegraded(answer, 'session') : refusal(refused);
  }

  private readonly count = (end: TurnEnd, fault?: unknown): void => {
    this.turns.inc({ end });
    if (end === 'refused') this.log.warn('a turn was not kept in its session', { error: fault });
  };
}

/** The question as the model is asked: with what was said before. Its bytes as they came would lack that. */
function contextual(request: SessionQuestion, turn: OpenTurn): CompletionRequest {
  const { raw: _bytes, ...question } = request;
  return { ...question, body: turn.compose(), witness: turn };
}

function contextHeader({ kept, summarised, dropped, tokens }: ContextManifest): Record<string, string> {
  return {
    'x-larder-session-context': `kept=${kept}; summarised=${summarised}; dropped=${dropped}; tokens=${tokens}`,
  };
}

/** Of another user or tenant or not there at all: nobody is told which. */
function absent(): ServiceError {
  return new ServiceError('not_found', 'There is no such session.', {
    param: 'x-larder-session',
    reason: 'session_not_found',
  });
}

function refusal(outcome: Outcome): Answer {
  return { ...outcome, isEventStream: false, outcome: Promise.resolve(outcome) };
}
