import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { createEmbeddings, type CompleteChatReply, type CreateEmbeddingsRequest } from '#contracts';
import { RpcContext, RpcHandler } from '#redis-streams';
import type { JsonObject } from '../completion/canonical-json.js';
import { readCacheControls } from '../completion/cache-controls.js';
import { serviceCaller } from '../completion/service-caller.js';
import { readEmbeddingsBody } from './embeddings-body.js';
import { EmbeddingsService } from './embeddings.service.js';

/** Embeddings for other services, on the path of HTTP. */
@Controller()
export class EmbeddingsRpcController {
  constructor(private readonly embeddings: EmbeddingsService) {}

  @RpcHandler(createEmbeddings)
  embed(@Payload() request: CreateEmbeddingsRequest, @Ctx() context: RpcContext): Promise<CompleteChatReply> {
    const { body, options = {} } = request;
    const { traceparent } = context;
    return this.embeddings.embed({
      ...serviceCaller(request, context),
      body: readEmbeddingsBody(body),
      controls: readCacheControls(options, body as JsonObject),
      hasOwnOptions: 'cache' in body,
      client: context,
      ...(traceparent !== undefined && { traceparent }),
    });
  }
}
