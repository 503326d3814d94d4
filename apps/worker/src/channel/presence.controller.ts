import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ServiceError } from '#contracts';
import { CurrentPrincipal, Roles, validation, type Principal } from '#service';
import { ChannelPathDto, MemberPathDto, PresenceDto, PresentListDto } from './channel.dto.js';
import { publisherOf } from './channel-caller.js';
import { ChannelService } from './channel.service.js';
import { PresenceService } from './presence.service.js';

const defaultSeconds = 30;

/** Who is on a channel. */
@ApiTags('channels')
@ApiBearerAuth()
@Roles('channels')
@Controller('v1/channels/:name/presence')
export class PresenceController {
  constructor(
    private readonly presence: PresenceService,
    private readonly channels: ChannelService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Who is present' })
  @ApiOkResponse({ type: PresentListDto })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Param(validation) { name }: ChannelPathDto,
  ): Promise<PresentListDto> {
    const scope = { tenant: principal.tenant, channel: name };
    await this.channels.assertMayRead(scope, publisherOf(principal));
    const present = await this.presence.list(scope);
    return {
      data: present.map(({ member, about, untilMs }) => ({ member, about, until: new Date(untilMs).toISOString() })),
    };
  }

  @Put()
  @HttpCode(204)
  @ApiOperation({ summary: 'Says that a member is present, for a time; said again before that ends' })
  @ApiNoContentResponse()
  async keep(
    @CurrentPrincipal() principal: Principal,
    @Param(validation) { name }: ChannelPathDto,
    @Body(validation) { ttlSeconds = defaultSeconds, ...presence }: PresenceDto,
  ): Promise<void> {
    const scope = { tenant: principal.tenant, channel: name };
    await this.channels.assertMember(scope, publisherOf(principal));
    await this.presence.keep(scope, presence, ttlSeconds);
  }

  @Delete(':member')
  @HttpCode(204)
  @ApiOperation({ summary: 'Says that a member has left' })
  @ApiNoContentResponse()
  async leave(
    @CurrentPrincipal() principal: Principal,
    @Param(validation) { name, member }: MemberPathDto,
  ): Promise<void> {
    const scope = { tenant: principal.tenant, channel: name };
    await this.channels.assertMember(scope, publisherOf(principal));
    if (await this.presence.leave(scope, member)) return;
    throw new ServiceError('not_found', 'There is no such member.');
  }
}
