import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ServiceError } from '#contracts';
import { CurrentPrincipal, Roles, validation, type Principal } from '#service';
import { ChannelPathDto, MemberPathDto, PresenceDto, PresentListDto } from './channel.dto.js';
import { PresenceService } from './presence.service.js';

const defaultSeconds = 30;

/** Who is on a channel. */
@ApiTags('channels')
@ApiBearerAuth()
@Roles('channels')
@Controller('v1/channels/:name/presence')
export class PresenceController {
  constructor(private readonly presence: PresenceService) {}

  @Get()
  @ApiOperation({ summary: 'Who is present' })
  @ApiOkResponse({ type: PresentListDto })
  async list(
    @CurrentPrincipal() { tenant }: Principal,
    @Param(validation) { name }: ChannelPathDto,
  ): Promise<PresentListDto> {
    const present = await this.presence.list({ tenant, channel: name });
    return {
      data: present.map(({ member, about, untilMs }) => ({ member, about, until: new Date(untilMs).toISOString() })),
    };
  }

  @Put()
  @HttpCode(204)
  @ApiOperation({ summary: 'Says that a member is present, for a time; said again before that ends' })
  @ApiNoContentResponse()
  async keep(
    @CurrentPrincipal() { tenant }: Principal,
    @Param(validation) { name }: ChannelPathDto,
    @Body(validation) { ttlSeconds = defaultSeconds, ...presence }: PresenceDto,
  ): Promise<void> {
    await this.presence.keep({ tenant, channel: name }, presence, ttlSeconds);
  }

  @Delete(':member')
  @HttpCode(204)
  @ApiOperation({ summary: 'Says that a member has left' })
  @ApiNoContentResponse()
  async leave(
    @CurrentPrincipal() { tenant }: Principal,
    @Param(validation) { name, member }: MemberPathDto,
  ): Promise<void> {
    if (await this.presence.leave({ tenant, channel: name }, member)) return;
    throw new ServiceError('not_found', 'There is no such member.');
  }
}
