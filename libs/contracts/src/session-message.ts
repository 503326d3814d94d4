import { IsIn, IsObject, IsOptional, IsString, Matches, ValidateBy } from 'class-validator';
import { identifierPattern } from './identifiers.js';

export const messageRoles = ['system', 'developer', 'user', 'assistant', 'tool'] as const;
export type MessageRole = (typeof messageRoles)[number];

/** `interrupted`: a streamed answer whose reader went away; what had come is kept. */
export const messageStatuses = ['complete', 'interrupted'] as const;
export type MessageStatus = (typeof messageStatuses)[number];

/** A message as OpenAI's chat API takes it. Members that Larder does not know are kept as they came. */
export interface ChatMessage {
  readonly role: MessageRole;
  readonly content?: string | readonly Record<string, unknown>[] | null;
  readonly tool_calls?: readonly Record<string, unknown>[];
  readonly tool_call_id?: string;
  readonly refusal?: string | null;
  readonly [member: string]: unknown;
}

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** One message to be kept, with what Larder keeps beside it. */
export class NewMessage {
  /** The writer's own id: a retry with it adds nothing. One is made when it is absent. */
  @IsOptional()
  @Matches(identifierPattern)
  id?: string;

  @ValidateBy({ name: 'isChatMessage', validator: { validate: isRecord } })
  message: ChatMessage;

  @IsOptional()
  @IsIn(messageStatuses)
  status?: MessageStatus;

  @IsOptional()
  @IsObject()
  metadata?: Record<string, unknown>;
}

/**
 * `any`: an administrator who names nobody sees every session of the tenant. `own`: a key that is pinned to its user sees that
 * user's sessions alone, not even those that have no user.
 */
export const sessionReaches = ['any', 'own'] as const;
export type SessionReach = (typeof sessionReaches)[number];

/** A session, and on whose behalf it is asked for. */
export class SessionScope {
  @Matches(identifierPattern)
  tenant: string;

  @Matches(identifierPattern)
  sessionId: string;

  /** A session that has a user is absent for anybody else, and for a request that names nobody. */
  @IsOptional()
  @IsString()
  @Matches(/^\P{Cc}{1,256}$/u)
  userId?: string;

  @IsOptional()
  @IsIn(sessionReaches)
  reach?: SessionReach;
}
