import { Injectable } from '@nestjs/common';
import { IsObject, IsOptional } from 'class-validator';
import type { JobContext, JobKind } from '../job/job-kind.js';
import { checkedOptions } from './chat-options.js';
import { assertAnswered, ModelGateway } from './model-gateway.client.js';

export class ChatPayload {
  /** As for `POST /v1/chat/completions`. */
  @IsObject()
  body: Record<string, unknown>;

  /** What headers would say: `{ "x-larder-cache-id": "faq" }`. */
  @IsOptional()
  @IsObject()
  options?: Record<string, string>;
}

/** One chat completion; its result is the answer. */
@Injectable()
export class ChatKind implements JobKind<ChatPayload> {
  readonly name = 'chat';
  readonly payload = ChatPayload;
  readonly attemptTimeoutMs = 130_000;

  constructor(private readonly gateway: ModelGateway) {}

  async handle({ body, options }: ChatPayload, context: JobContext): Promise<unknown> {
    const { tenant, idempotencyKey, signal } = context;
    const request = { tenant, body, options: checkedOptions(options), idempotencyKey };
    const reply = assertAnswered(await this.gateway.chat(request, signal));
    return { cache: reply.headers['x-larder-cache'], response: JSON.parse(reply.body) as unknown };
  }
}
