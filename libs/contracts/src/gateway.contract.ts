import { IsIn, IsObject, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { defineRpc, replies } from './define-contract.js';
import { identifierPattern } from './identifiers.js';
import { Nested } from './nested.js';
import { sessionReaches, type SessionReach } from './session-message.js';

/** On whose behalf a service asks: what the key that once asked for it at the edge may do, and counts for. */
export class CallerOfService {
  /** Its limits count, and it is the writer of what is cached; absent: the service itself. */
  @IsOptional()
  @Matches(identifierPattern)
  keyId?: string;

  /** Who asks, where options and body name nobody. */
  @IsOptional()
  @IsString()
  @MaxLength(512)
  userId?: string;

  /** `own`: the key is pinned to `userId`, who outranks what options and body say. */
  @IsOptional()
  @IsIn(sessionReaches)
  reach?: SessionReach;
}

/** A chat completion asked for by another service: jobs, warming and revalidation take the same path as HTTP. */
export class CompleteChatRequest {
  @Matches(identifierPattern)
  tenant: string;

  /** The body of `POST /v1/chat/completions`; `stream` is ignored. */
  @IsObject()
  body: Record<string, unknown>;

  /** Cache options as request headers carry them: `x-larder-cache-id`, `cache-control`, … */
  @IsOptional()
  @IsObject()
  options?: Record<string, string>;

  @IsOptional()
  @IsString()
  idempotencyKey?: string;

  @IsOptional()
  @Nested(() => CallerOfService)
  caller?: CallerOfService;
}

export interface CompleteChatReply {
  /** HTTP status of the answer; an upstream's refusal is a reply, not a fault. */
  readonly status: number;
  /** chat.completion object, or `{ error }`, as JSON text. */
  readonly body: string;
  /** The response headers that tell of the cache: `cache-status`, `age`, `x-larder-*`. */
  readonly headers: Readonly<Record<string, string>>;
}

export const completeChat = defineRpc({
  service: 'gateway',
  name: 'completeChat',
  request: CompleteChatRequest,
  reply: replies<CompleteChatReply>(),
  deadlineMs: 120_000,
});

/** Embeddings asked for by another service, on the path of `POST /v1/embeddings`. */
export class CreateEmbeddingsRequest {
  @Matches(identifierPattern)
  tenant: string;

  /** The body of `POST /v1/embeddings`. */
  @IsObject()
  body: Record<string, unknown>;

  /** Cache options as request headers carry them. */
  @IsOptional()
  @IsObject()
  options?: Record<string, string>;

  @IsOptional()
  @Nested(() => CallerOfService)
  caller?: CallerOfService;
}

export const createEmbeddings = defineRpc({
  service: 'gateway',
  name: 'createEmbeddings',
  request: CreateEmbeddingsRequest,
  reply: replies<CompleteChatReply>(),
  deadlineMs: 120_000,
});
