import { Controller, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiHeaders, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, Roles, type LarderRequest, type Principal } from '#service';
import { controlHeaders, notCachedResponse } from '../completion/answer-openapi.js';
import { sendAnswer } from '../completion/answer-sending.js';
import { readRequest } from '../completion/read-request.js';
import { OnceService } from '../idempotency/once.service.js';
import { Presence } from '../presence.js';
import { BackgroundChatService } from './background-chat.service.js';
import { readChatBody } from './chat-body.js';
import { chatDialect } from './chat-dialect.js';
import { acceptedResponse, chatBodySchema, chatResponse, preferHeader } from './chat-openapi.js';
import { prefersAsync } from './prefer-header.js';

@ApiTags('OpenAI')
@ApiBearerAuth()
@Controller('v1/chat/completions')
export class ChatController {
  constructor(
    private readonly completions: OnceService,
    private readonly background: BackgroundChatService,
  ) {}

  /** OpenAI's create chat completion, plain or streamed, answered from the cache where it can be. */
  @Post()
  @Roles('chat')
  @ApiOperation({ summary: 'Create a chat completion, answered from the cache where that is safe' })
  @ApiHeaders([...controlHeaders, preferHeader])
  @ApiBody({ schema: chatBodySchema })
  @ApiResponse(chatResponse)
  @ApiResponse(acceptedResponse)
  @ApiResponse(notCachedResponse)
  async create(
    @Req() request: LarderRequest,
    @Res() reply: FastifyReply,
    @CurrentPrincipal() principal: Principal,
  ): Promise<void> {
    const client = new Presence(reply.raw);
    const asked = readRequest(chatDialect, readChatBody(request.body), { request, principal, client });
    if (!prefersAsync(request.headers.prefer)) return sendAnswer(reply, await this.completions.complete(asked));
    const job = await this.background.submit(asked, principal, request.headers);
    const headers = { location: `/v1/jobs/${job.id}`, 'preference-applied': 'respond-async' };
    await reply.code(202).headers(headers).send(job);
  }
}
