import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ServiceError } from '#contracts';
import {
  CurrentPrincipal,
  decodeCursor,
  encodeCursor,
  PageQuery,
  Roles,
  sendEventStream,
  untilGone,
  validation,
  type Principal,
} from '#service';
import { messageIdPattern } from './channel-message.js';
import { channelFrames, shownMessage } from './channel-stream.js';
import {
  AnsweredDto,
  AskDto,
  ChannelPathDto,
  FollowQueryDto,
  MessagePageDto,
  PublishDto,
  PublishedDto,
} from './channel.dto.js';
import { ChannelAccess } from './channel-access.service.js';
import { publisherOf } from './channel-caller.js';
import { ChannelService } from './channel.service.js';

const defaultWaitMs = 10_000;

/** Messages between agents: said once, heard by everybody who follows. */
@ApiTags('channels')
@ApiBearerAuth()
@Roles('channels')
@Controller('v1/channels/:name')
export class ChannelController {
  constructor(
    private readonly channels: ChannelService,
    private readonly access: ChannelAccess,
  ) {}

  @Post('messages')
  @ApiOperation({ summary: 'Publishes a message' })
  @ApiCreatedResponse({ type: PublishedDto })
  async publish(
    @CurrentPrincipal() principal: Principal,
    @Param(validation) { name }: ChannelPathDto,
    @Body(validation) message: PublishDto,
  ): Promise<PublishedDto> {
    const scope = { tenant: principal.tenant, channel: name };
    return { id: await this.channels.publish(scope, message, publisherOf(principal)) };
  }

  @Get('messages')
  @ApiOperation({ summary: 'What the channel keeps, the latest first' })
  @ApiOkResponse({ type: MessagePageDto })
  async history(
    @CurrentPrincipal() principal: Principal,
    @Param(validation) { name }: ChannelPathDto,
    @Query(validation) { cursor, limit }: PageQuery,
  ): Promise<MessagePageDto> {
    const scope = { tenant: principal.tenant, channel: name };
    const before = cursor === undefined ? undefined : decodeCursor(cursor, messageIdPattern);
    await this.channels.assertMayRead(scope, publisherOf(principal));
    const messages = await this.channels.history(scope, before, limit);
    const last = messages.length === limit ? messages.at(-1) : undefined;
    return { data: messages.map(shownMessage), nextCursor: last ? encodeCursor(last.id) : null };
  }

  @Post('requests')
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Publishes a request and waits for the first message with its id in `inReplyTo`; 504 when none comes in time',
  })
  @ApiOkResponse({ type: AnsweredDto })
  async request(
    @CurrentPrincipal() principal: Principal,
    @Param(validation) { name }: ChannelPathDto,
    @Body(validation) { timeoutMs = defaultWaitMs, type = 'request', ...message }: AskDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnsweredDto> {
    const scope = { tenant: principal.tenant, channel: name };
    await this.channels.assertMayRead(scope, publisherOf(principal));
    const wait = { ms: timeoutMs, signal: untilGone(reply) };
    const answered = await this.channels.request(scope, { ...message, type }, publisherOf(principal), wait);
    return { id: answered.id, reply: shownMessage(answered.reply) };
  }

  @Get('events')
  @ApiOperation({ summary: 'Follows the channel as server-sent events, from the last event that the client had' })
  @ApiHeader({ name: 'last-event-id', required: false, description: 'Sent by clients that come back' })
  @ApiProduces('text/event-stream')
  async follow(
    @CurrentPrincipal() principal: Principal,
    @Param(validation) { name }: ChannelPathDto,
    @Query(validation) { lastEventId, member }: FollowQueryDto,
    @Headers('last-event-id') lastId: string | undefined,
    @Headers('authorization') authorization: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const scope = { tenant: principal.tenant, channel: name };
    const after = resumePoint(lastId || lastEventId);
    await this.channels.assertMayRead(scope, publisherOf(principal));
    const presence = member === undefined ? {} : { presence: { member } };
    const events = this.channels.follow(scope, {
      ...(after !== undefined && { after }),
      ...presence,
      signal: this.access.watch(scope, authorization, untilGone(reply)),
    });
    await sendEventStream(reply, channelFrames(events));
  }
}

function resumePoint(id: string | undefined): string | undefined {
  if (id === undefined || messageIdPattern.test(id)) return id;
  throw new ServiceError('invalid_request', 'Last-Event-ID must be the id of an event of this channel.', {
    param: 'last-event-id',
  });
}
