import { Controller, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiHeaders, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, Roles, type LarderRequest, type Principal } from '#service';
import { isObject } from '../body-checks.js';
import { askingUser } from '../completion/asking-user.js';
import { readCacheControls } from '../completion/cache-controls.js';
import { Presence } from '../presence.js';
import { readEmbeddingsBody } from './embeddings-body.js';
import { EmbeddingsMetrics } from './embeddings-metrics.js';
import { embeddingsBodySchema, embeddingsHeaderOptions, embeddingsResponses } from './embeddings-openapi.js';
import type { EmbeddingsRequest } from './embeddings-request.js';
import { EmbeddingsService } from './embeddings.service.js';

@ApiTags('OpenAI')
@ApiBearerAuth()
@Controller('v1/embeddings')
export class EmbeddingsController {
  constructor(
    private readonly embeddings: EmbeddingsService,
    private readonly metrics: EmbeddingsMetrics,
  ) {}

  /** OpenAI's create embeddings; only the texts whose vectors are not kept go upstream. */
  @Post()
  @Roles('chat')
  @ApiOperation({ summary: 'Create embeddings; only texts whose vectors are not kept go upstream' })
  @ApiHeaders(embeddingsHeaderOptions)
  @ApiBody({ schema: embeddingsBodySchema })
  @ApiResponse(embeddingsResponses.ok)
  @ApiResponse(embeddingsResponses.notCached)
  async create(
    @Req() request: LarderRequest,
    @Res() reply: FastifyReply,
    @CurrentPrincipal() principal: Principal,
  ): Promise<void> {
    const asked = readEmbeddingsRequest(request, principal, new Presence(reply.raw));
    const { status, headers, body } = this.metrics.count(await this.embeddings.embed(asked));
    await reply.code(status).headers(headers).header('content-type', 'application/json; charset=utf-8').send(body);
  }
}

function readEmbeddingsRequest(request: LarderRequest, principal: Principal, client: Presence): EmbeddingsRequest {
  const body = readEmbeddingsBody(request.body);
  const options = isObject(request.body) ? request.body : {};
  const { traceparent } = request.headers;
  const userId = askingUser(principal, request.headers, body.members);
  return {
    principal,
    body,
    controls: readCacheControls(request.headers, options),
    hasOwnOptions: 'cache' in options,
    client,
    ...(userId !== undefined && { userId }),
    ...(request.rawBody && { raw: request.rawBody }),
    ...(typeof traceparent === 'string' && { traceparent }),
  };
}
