import type {
  BeginTurnReply,
  BeginTurnRequest,
  ChatMessage,
  FinishTurnReply,
  FinishTurnRequest,
  NewMessage,
} from '#contracts';
import { SessionUnavailableError, type SessionClient } from '../../apps/gateway/src/conversation/session.client.js';

/** One session as the gateway sees it, with the faults that a test wants. */
export class ScriptedSession {
  readonly messages: ChatMessage[] = [];
  readonly appended: (readonly NewMessage[])[] = [];
  readonly begun: BeginTurnRequest[] = [];
  /** Who holds the session's turn. */
  holder?: string;
  beginFault?: Error;
  finishReply?: FinishTurnReply | Error;
  isAbsent = false;

  readonly client = {
    begin: async (turn: BeginTurnRequest): Promise<BeginTurnReply> => this.begin(turn),
    renew: async () => ({ held: true }),
    finish: async (turn: FinishTurnRequest): Promise<FinishTurnReply> => this.finish(turn),
    release: async ({ turnId }: { turnId: string }): Promise<void> => {
      if (this.holder === turnId) this.holder = undefined;
    },
  } as unknown as SessionClient;

  goAway(): void {
    this.beginFault = new SessionUnavailableError('away');
  }

  private begin(turn: BeginTurnRequest): BeginTurnReply {
    this.begun.push(turn);
    if (this.beginFault) throw this.beginFault;
    if (this.isAbsent) return { state: 'absent' };
    if (this.holder !== undefined) return { state: 'busy' };
    this.holder = turn.turnId;
    const lastSeq = this.messages.length;
    const none = { strategy: 'pinned', model: turn.model ?? '', maxTokens: 1_000 } as const;
    const manifest = {
      ...none,
      ...{ tokens: 7, kept: lastSeq, summarised: 0, dropped: 0 },
      ranges: { kept: [], summarised: [], dropped: [] },
    };
    return { state: 'begun', leaseMs: 60_000, context: { messages: [...this.messages], manifest, lastSeq } };
  }

  private finish({ turnId, messages }: FinishTurnRequest): FinishTurnReply {
    if (this.finishReply instanceof Error) throw this.finishReply;
    if (this.holder === turnId) this.holder = undefined;
    if (this.finishReply) return this.finishReply;
    this.appended.push(messages);
    this.messages.push(...messages.map(({ message }) => message));
    return { state: 'appended', lastSeq: this.messages.length };
  }
}
