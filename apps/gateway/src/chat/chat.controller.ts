import { Controller, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiHeaders, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, Roles, type LarderRequest, type Principal } from '#service';
import { controlHeaders, notCachedResponse } from '../completion/answer-openapi.js';
import { sendAnswer } from '../completion/answer-sending.js';
import { readRequest } from '../completion/read-request.js';
import { OnceService } from '../idempotency/once.service.js';
import { Presence } from '../presence.js';
import { readChatBody } from './chat-body.js';
import { chatDialect } from './chat-dialect.js';
import { chatBodySchema, chatResponse } from './chat-openapi.js';

@ApiTags('OpenAI')
@ApiBearerAuth()
@Controller('v1/chat/completions')
export class ChatController {
  constructor(private readonly completions: OnceService) {}

  /** OpenAI's create chat completion, plain or streamed, answered from the cache where it can be. */
  @Post()
  @Roles('chat')
  @ApiOperation({ summary: 'Create a chat completion, answered from the cache where that is safe' })
  @ApiHeaders(controlHeaders)
  @ApiBody({ schema: chatBodySchema })
  @ApiResponse(chatResponse)
  @ApiResponse(notCachedResponse)
  async create(
    @Req() request: LarderRequest,
    @Res() reply: FastifyReply,
    @CurrentPrincipal() principal: Principal,
  ): Promise<void> {
    const client = new Presence(reply.raw);
    const asked = readRequest(chatDialect, readChatBody(request.body), { request, principal, client });
    await sendAnswer(reply, await this.completions.complete(asked));
  }
}
