import { Injectable } from '@nestjs/common';
import { IsOptional } from 'class-validator';
import { AreChatOptions, IsChatBody } from '#contracts';
import type { JobContext, JobKind } from '../job/job-kind.js';
import { rolesForChat } from './chat-options.js';
import { assertAnswered, ModelGateway } from './model-gateway.client.js';

export class ChatPayload {
  /** As for `POST /v1/chat/completions`. */
  @IsChatBody()
  body: Record<string, unknown>;

  /** What headers would say: `{ "x-larder-cache-id": "faq" }`. */
  @IsOptional()
  @AreChatOptions()
  options?: Record<string, string>;
}

/** One chat completion; its result is the answer. */
@Injectable()
export class ChatKind implements JobKind<ChatPayload> {
  readonly name = 'chat';
  readonly payload = ChatPayload;
  readonly attemptTimeoutMs = 130_000;
  readonly needs = rolesForChat;

  constructor(private readonly gateway: ModelGateway) {}

  async handle({ body, options = {} }: ChatPayload, context: JobContext): Promise<unknown> {
    const { tenant, caller, idempotencyKey } = context;
    const request = { tenant, caller, body, options, idempotencyKey };
    const reply = assertAnswered(await this.gateway.chat(request, context));
    return { cache: reply.headers['x-larder-cache'], response: JSON.parse(reply.body) as unknown };
  }
}
