import {
  ServiceError,
  type BeginTurnReply,
  type ChatMessage,
  type FinishTurnReply,
  type NewMessage,
  type TurnMember,
} from '#contracts';
import type { JsonObject } from '../completion/canonical-json.js';
import type { CompletionRequest, StreamWitness } from '../completion/completion-request.js';
import type { RequestBody, SessionEntry } from '../completion/dialect.js';
import type { Outcome } from '../completion/outcome.js';
import { continuationOf } from './new-entries.js';
import { SessionUnavailableError, type SessionClient } from './session.client.js';
import { objections, type TurnEnd } from './turn-end.js';

export type BegunTurn = Extract<BeginTurnReply, { state: 'begun' }>;

export interface TurnParts {
  readonly request: CompletionRequest;
  readonly member: TurnMember;
  readonly begun: BegunTurn;
  /** Told once, when the turn is over. */
  readonly onEnd: (end: TurnEnd, fault?: unknown) => void;
}

/** A session's turn that is under way: it ends exactly once, with both sides of it kept in one append, or with nothing. */
export class OpenTurn implements StreamWitness {
  private entries: readonly SessionEntry[] = [];
  private textSoFar?: () => string;
  private end?: Promise<TurnEnd>;
  private readonly renewal: NodeJS.Timeout;

  constructor(
    private readonly sessions: SessionClient,
    private readonly parts: TurnParts,
  ) {
    const { begun, member, request } = parts;
    const renew = () => void this.sessions.renew(member).catch(leaveToTheEnd);
    this.renewal = setInterval(renew, begun.leaseMs / 3).unref();
    const { signal } = request.client;
    if (signal.aborted) this.interrupt();
    else signal.addEventListener('abort', this.interrupt, { once: true });
  }

  /**
   * The request's body with the session's history in front of what is new.
   * @throws ServiceError invalid_request for what does not fit the history
   */
  compose(): RequestBody {
    const { begun, request } = this.parts;
    const history = begun.context.messages as unknown as readonly JsonObject[];
    const form = request.dialect.session;
    const continuation = continuationOf(form, request.body, history);
    this.entries = continuation.entries;
    return form.withHistory(request.body, continuation.history, this.entries);
  }

  /** Whether a stream is under way: it ends the turn by itself. */
  get isStreaming(): boolean {
    return this.textSoFar !== undefined;
  }

  begun(textSoFar: () => string): void {
    this.textSoFar = textSoFar;
  }

  async ended(outcome: Outcome | undefined): Promise<string | undefined> {
    return objections[await this.conclude(outcome)];
  }

  /** Keeps the turn by its outcome: undefined for a stream that broke off. Never rejects. */
  conclude(outcome: Outcome | undefined): Promise<TurnEnd> {
    if (!outcome) return this.finish(this.partialAnswer());
    return this.finish(outcome.status === 200 ? this.answer(outcome.body) : []);
  }

  /** The turn came to nothing. */
  async release(): Promise<void> {
    await this.finish([]);
  }

  /** The client has gone: what it may have read is kept, and the session is free before upstream has finished. */
  private readonly interrupt = (): void => {
    void this.finish(this.isStreaming ? this.partialAnswer() : []);
  };

  private answer(body: string): NewMessage[] {
    return this.parts.request.dialect.session.saidIn(body).map((message) => ({ message: asChat(message) }));
  }

  private partialAnswer(): NewMessage[] {
    const content = this.textSoFar?.() ?? '';
    return content.trim() === '' ? [] : [{ message: { role: 'assistant', content }, status: 'interrupted' }];
  }

  /** The first end counts. */
  private finish(said: NewMessage[]): Promise<TurnEnd> {
    this.end ??= this.close(said);
    return this.end;
  }

  private async close(said: NewMessage[]): Promise<TurnEnd> {
    clearInterval(this.renewal);
    this.parts.request.client.signal.removeEventListener('abort', this.interrupt);
    const [end, fault] = await this.append(said);
    this.parts.onEnd(end, fault);
    return end;
  }

  private async append(said: NewMessage[]): Promise<[TurnEnd, unknown?]> {
    const { member, begun, request } = this.parts;
    if (said.length === 0) {
      await this.sessions.release(member);
      return ['empty'];
    }
    const messages = [...this.entries.map(({ message }) => ({ message: asChat(message) })), ...said];
    try {
      const turn = { ...member, messages, baseSeq: begun.context.lastSeq };
      const { state } = await this.sessions.finish(turn, request.traceparent);
      return [endOf(state, said)];
    } catch (fault) {
      void this.sessions.release(member);
      return [endByFault(fault), fault];
    }
  }
}

function endByFault(fault: unknown): TurnEnd {
  if (fault instanceof SessionUnavailableError) return 'away';
  const reason = fault instanceof ServiceError ? fault.details.reason : undefined;
  if (reason === 'session_full') return 'full';
  // An earlier attempt under the same idempotency key was kept, and the record of its answer lost.
  return reason === 'message_id_reused' ? 'kept' : 'refused';
}

function endOf(state: FinishTurnReply['state'], said: readonly NewMessage[]): TurnEnd {
  if (state !== 'appended') return state;
  return said.some(({ status }) => status === 'interrupted') ? 'interrupted' : 'kept';
}

/** The session service checks what it is given. */
function asChat(message: JsonObject): ChatMessage {
  return message as unknown as ChatMessage;
}

// A lease that ran out shows when the turn ends, and the RPC layer has counted the fault.
function leaveToTheEnd(): void {}
