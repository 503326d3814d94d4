import { Controller } from '@nestjs/common';
import { completeChat, ServiceError, type CompleteChatReply, type CompleteChatRequest } from '#contracts';
import { RpcContext, RpcHandler } from '#redis-streams';
import { Ctx, Payload } from '@nestjs/microservices';
import { OnceService } from '../idempotency/once.service.js';
import { readCacheControls } from '../completion/cache-controls.js';
import type { JsonObject } from '../completion/canonical-json.js';
import { readSessionControls } from '../conversation/session-controls.js';
import { readChatBody } from './chat-body.js';
import { chatDialect } from './chat-dialect.js';
import { readIdempotencyKey, type CompletionRequest } from '../completion/completion-request.js';
import { serviceCaller } from '../completion/service-caller.js';

/** The chat path for other services: nothing else in the suite calls a model. */
@Controller()
export class ChatRpcController {
  constructor(private readonly completions: OnceService) {}

  @RpcHandler(completeChat)
  async complete(@Payload() request: CompleteChatRequest, @Ctx() context: RpcContext): Promise<CompleteChatReply> {
    const answer = await this.completions.complete(readChatRequest(request, context));
    if (typeof answer.body !== 'string') throw new ServiceError('internal', 'A plain request was answered by a stream');
    return { status: answer.status, body: answer.body, headers: answer.headers };
  }
}

function readChatRequest(request: CompleteChatRequest, context: RpcContext): CompletionRequest {
  const { stream: _plainOnly, stream_options: _unused, ...plain } = request.body as JsonObject;
  const body = readChatBody(plain);
  const options = request.options ?? {};
  const session = readSessionControls(options);
  const reach = request.caller?.reach;
  const idempotencyKey = readIdempotencyKey(request.idempotencyKey);
  return {
    dialect: chatDialect,
    ...serviceCaller({ ...request, body }, context),
    body,
    controls: readCacheControls(options, body),
    stream: false,
    client: context,
    ...(session && { session: { ...session, ...(reach !== undefined && { reach }) } }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(context.traceparent !== undefined && { traceparent: context.traceparent }),
  };
}
