import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiPayloadTooLargeResponse,
  ApiTags,
} from '@nestjs/swagger';
import { ServiceError } from '#contracts';
import { Roles, validation } from '#service';
import { Asked, type AskedBy } from '../conversation/asked-by.js';
import { AskedQuery, MessagePathDto, SessionPathDto } from '../conversation/conversation.dto.js';
import { AppendWithContextService, type AppendedWithContext } from '../context/append-with-context.service.js';
import { noSession } from '../session.errors.js';
import { MessageAppendService } from './message-append.service.js';
import { messageView } from './message-view.js';
import {
  AppendedDto,
  AppendMessagesDto,
  MessageDto,
  SessionMessagePageDto,
  MessagePageQuery,
  MessageWithVersionsDto,
  PatchMessageDto,
} from './message.dto.js';
import { MessageService } from './message.service.js';
import { splitMessage } from './prepare-message.js';

const absent = { description: 'Absent, or of another tenant or user' };

@ApiTags('sessions')
@ApiBearerAuth()
@ApiHeader({ name: 'x-larder-user', required: false, description: 'The user on whose behalf' })
@Roles('sessions')
@Controller('v1/sessions/:sessionId/messages')
export class MessageController {
  constructor(
    private readonly appends: MessageAppendService,
    private readonly appendsWithContext: AppendWithContextService,
    private readonly messages: MessageService,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Appends messages: all or none, in this order',
    description: 'A retry with the same message ids adds nothing and is answered as the first time.',
  })
  @ApiCreatedResponse({ type: AppendedDto })
  @ApiNotFoundResponse(absent)
  @ApiConflictResponse({ description: '`lastSeq` is not the expected one, or another message has the id' })
  @ApiPayloadTooLargeResponse({ description: 'A message takes at most 512 KiB' })
  async append(
    @Asked() { tenant, asker }: AskedBy,
    @Query(validation) _: AskedQuery,
    @Param(validation) { sessionId }: SessionPathDto,
    @Body(validation) { messages, expectedSeq, context: wish }: AppendMessagesDto,
  ): Promise<AppendedDto> {
    const wanted = messages.map((message, index) => splitMessage(message, `messages.${index}`));
    const conditions = expectedSeq == null ? {} : { expectedSeq };
    const session = { tenant, sessionId };
    if (!wish) return appended(await this.appends.append(session, asker, wanted, conditions));
    const more = { ...conditions, messages: wanted, context: wish };
    const { reply, context = null } = await this.appendsWithContext.append(session, asker, more);
    return { ...appended(reply), context };
  }

  @Get()
  @ApiOperation({ summary: 'Messages by page, in either direction' })
  @ApiOkResponse({ type: SessionMessagePageDto })
  @ApiNotFoundResponse(absent)
  async list(
    @Asked() { tenant, asker }: AskedBy,
    @Param(validation) { sessionId }: SessionPathDto,
    @Query(validation) { cursor, limit, order }: MessagePageQuery,
  ): Promise<SessionMessagePageDto> {
    const wanted = { order: order ?? 'asc', limit: limit ?? 50, cursor } as const;
    const { messages, nextCursor } = await this.messages.page({ tenant, sessionId }, asker, wanted);
    return { data: messages.map(messageView), nextCursor };
  }

  @Get(':messageId')
  @ApiOperation({ summary: 'One message, with its earlier versions' })
  @ApiOkResponse({ type: MessageWithVersionsDto })
  @ApiNotFoundResponse(absent)
  async read(
    @Asked() { tenant, asker }: AskedBy,
    @Query(validation) _: AskedQuery,
    @Param(validation) { sessionId, messageId }: MessagePathDto,
  ): Promise<MessageWithVersionsDto> {
    const { message, earlier } = await this.messages.find({ tenant, sessionId }, asker, messageId);
    return { ...messageView(message), earlier: earlier.map(messageView) };
  }

  @Patch(':messageId')
  @ApiOperation({ summary: 'Edits a message, annotates it, reacts to it' })
  @ApiOkResponse({ type: MessageDto })
  @ApiNotFoundResponse(absent)
  @ApiConflictResponse({ description: 'Another version than the expected one' })
  async patch(
    @Asked() { tenant, asker }: AskedBy,
    @Query(validation) _: AskedQuery,
    @Param(validation) { sessionId, messageId }: MessagePathDto,
    @Body(validation) { content, version, metadata, reactions }: PatchMessageDto,
  ): Promise<MessageDto> {
    const patch = {
      ...(content !== undefined && { content }),
      ...(version != null && { version }),
      ...(metadata && { metadata }),
      ...(reactions && { reactions }),
    };
    return messageView(await this.messages.patch({ tenant, sessionId }, asker, messageId, patch));
  }

  @Delete(':messageId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Deletes a message with its versions; its number is not given again' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse(absent)
  async delete(
    @Asked() { tenant, asker }: AskedBy,
    @Query(validation) _: AskedQuery,
    @Param(validation) { sessionId, messageId }: MessagePathDto,
  ): Promise<void> {
    await this.messages.delete({ tenant, sessionId }, asker, messageId);
  }
}

function appended(reply: AppendedWithContext['reply']): AppendedDto {
  if (reply.state === 'appended') return { lastSeq: reply.lastSeq, messages: [...reply.messages] };
  if (reply.state !== 'conflict') throw noSession();
  const { lastSeq } = reply;
  throw new ServiceError('conflict', `The last message has number ${lastSeq}`, {
    param: 'expectedSeq',
    extension: { lastSeq },
  });
}
