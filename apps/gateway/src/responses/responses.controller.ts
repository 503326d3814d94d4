import { Controller, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiHeaders, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, Roles, type LarderRequest, type Principal } from '#service';
import { controlHeaders, notCachedResponse } from '../completion/answer-openapi.js';
import { sendAnswer } from '../completion/answer-sending.js';
import { readRequest } from '../completion/read-request.js';
import { OnceService } from '../idempotency/once.service.js';
import { Presence } from '../presence.js';
import { readResponsesBody } from './responses-body.js';
import { responsesDialect } from './responses-dialect.js';
import { responsesBodySchema, responsesResponse } from './responses-openapi.js';

@ApiTags('OpenAI')
@ApiBearerAuth()
@Controller('v1/responses')
export class ResponsesController {
  constructor(private readonly completions: OnceService) {}

  /** OpenAI's create a model response, plain or streamed, answered from the cache where it can be. */
  @Post()
  @Roles('chat')
  @ApiOperation({ summary: 'Create a model response, answered from the cache where that is safe' })
  @ApiHeaders(controlHeaders)
  @ApiBody({ schema: responsesBodySchema })
  @ApiResponse(responsesResponse)
  @ApiResponse(notCachedResponse)
  async create(
    @Req() request: LarderRequest,
    @Res() reply: FastifyReply,
    @CurrentPrincipal() principal: Principal,
  ): Promise<void> {
    const body = readResponsesBody(request.body);
    const client = new Presence(reply.raw);
    const answer = await this.completions.complete(readRequest(responsesDialect, body, { request, principal, client }));
    await sendAnswer(reply, answer);
  }
}
