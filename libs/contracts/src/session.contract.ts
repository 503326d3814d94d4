import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { defineRpc, replies } from './define-contract.js';
import { identifierPattern } from './identifiers.js';
import { NewMessage, SessionScope, type ChatMessage, type MessageStatus } from './session-message.js';

const service = 'session';

/** How a history is made to fit: the last messages, as many as a budget holds, with the system messages kept, with a summary. */
export const contextStrategies = ['last', 'budget', 'pinned', 'summary'] as const;
export type ContextStrategy = (typeof contextStrategies)[number];

/** Messages of one append, and bytes of one message as JSON. */
export const maxAppended = 100;
export const maxMessageBytes = 524_288;

/** What became of each message of the history: kept, told by the summary, or left out (and still to be read by `seq`). */
export interface ContextManifest {
  readonly strategy: ContextStrategy;
  readonly model: string;
  readonly maxTokens: number;
  /** Tokens of `messages`, a summary's among them, as the model counts them. */
  readonly tokens: number;
  readonly kept: number;
  readonly summarised: number;
  readonly dropped: number;
  /** Which they are, by `seq`, both ends included; numbers of deleted messages may lie inside. */
  readonly ranges: Readonly<Record<'kept' | 'summarised' | 'dropped', readonly SeqRange[]>>;
}

export interface SeqRange {
  readonly from: number;
  readonly to: number;
}

/** What fits the model now. */
export class ContextRequest extends SessionScope {
  @IsOptional()
  @Length(1, 256)
  model?: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000_000)
  maxTokens?: number;

  @IsOptional()
  @IsIn(contextStrategies)
  strategy?: ContextStrategy;

  /** For `last`: how many messages at most. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000)
  lastMessages?: number;
}

export interface SessionContext {
  /** Ready to be sent to the model. */
  readonly messages: readonly ChatMessage[];
  readonly manifest: ContextManifest;
  readonly lastSeq: number;
}

export const readContext = defineRpc({
  service,
  name: 'readContext',
  request: ContextRequest,
  reply: replies<{ readonly state: 'found'; readonly context: SessionContext } | { readonly state: 'absent' }>(),
});

export class AppendMessagesRequest extends SessionScope {
  @IsArray()
  @ArrayMaxSize(maxAppended)
  @ValidateNested({ each: true })
  @Type(() => NewMessage)
  messages: NewMessage[];

  /** The `seq` of the last message that the writer knows; any other refuses. */
  @IsOptional()
  @IsInt()
  @Min(0)
  expectedSeq?: number;
}

export interface AppendedMessage {
  readonly id: string;
  readonly seq: number;
  readonly tokens: number;
}

export type AppendReply =
  | { readonly state: 'appended'; readonly lastSeq: number; readonly messages: readonly AppendedMessage[] }
  /** `expectedSeq` was not the last. */
  | { readonly state: 'conflict'; readonly lastSeq: number }
  | { readonly state: 'absent' };

/** All or none, in this order; what was appended before under the same ids is not appended again. */
export const appendMessages = defineRpc({
  service,
  name: 'appendMessages',
  request: AppendMessagesRequest,
  reply: replies<AppendReply>(),
});

export class BeginTurnRequest extends ContextRequest {
  /** Names this turn; whoever holds the session's lease under this name may finish it. */
  @Matches(identifierPattern)
  turnId: string;

  /** While another turn is under way: `wait` holds the call for up to a second. `refuse` unless told. */
  @IsOptional()
  @IsIn(['wait', 'refuse'])
  onBusy?: 'wait' | 'refuse';
}

export type BeginTurnReply =
  /** `leaseMs`: the turn is another's after this long unless it is renewed. */
  | { readonly state: 'begun'; readonly context: SessionContext; readonly leaseMs: number }
  /** Another turn is under way. After `wait`: ask again. */
  | { readonly state: 'busy' }
  | { readonly state: 'absent' };

/** Takes the session for one turn and tells what fits the model now. */
export const beginTurn = defineRpc({
  service,
  name: 'beginTurn',
  request: BeginTurnRequest,
  reply: replies<BeginTurnReply>(),
  deadlineMs: 4_000,
});

export class TurnMember extends SessionScope {
  @Matches(identifierPattern)
  turnId: string;
}

/** Keeps the turn while the model works; `held: false` says that it is another's now. */
export const renewTurn = defineRpc({
  service,
  name: 'renewTurn',
  request: TurnMember,
  reply: replies<{ readonly held: boolean }>(),
});

export class FinishTurnRequest extends TurnMember {
  /** The user's messages and the answer, in this order; none: the turn came to nothing. Ids are made of the turn's when absent. */
  @IsArray()
  @ArrayMaxSize(maxAppended)
  @ValidateNested({ each: true })
  @Type(() => NewMessage)
  messages: NewMessage[];

  /** `lastSeq` of the context that `beginTurn` gave: a turn whose lease ran out still counts if nothing came in between. */
  @IsInt()
  @Min(0)
  baseSeq: number;
}

export type FinishTurnReply =
  | { readonly state: 'appended'; readonly lastSeq: number }
  /** The lease ran out and the session has gone on without this turn: nothing was appended. */
  | { readonly state: 'lost' }
  | { readonly state: 'absent' };

/** One atomic append of the whole turn, and the session is free again. A retry adds nothing. */
export const finishTurn = defineRpc({
  service,
  name: 'finishTurn',
  request: FinishTurnRequest,
  reply: replies<FinishTurnReply>(),
});

/** A message as the session's own API shows it: OpenAI's members and Larder's side by side. */
export type SessionMessage = ChatMessage & {
  readonly id: string;
  readonly seq: number;
  readonly tokens: number;
  readonly createdAt: string;
  readonly status: MessageStatus;
};
