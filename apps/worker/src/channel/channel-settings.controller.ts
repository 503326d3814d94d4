import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, Roles, validation, type Principal } from '#service';
import { ChannelPathDto, ChannelSettingsDto, OfTenantQueryDto } from './channel.dto.js';
import { ChannelService } from './channel.service.js';

/** What a channel keeps, and who may do what on it. */
@ApiTags('channels')
@ApiBearerAuth()
@Roles('admin')
@Controller('v1/channels/:name')
export class ChannelSettingsController {
  constructor(private readonly channels: ChannelService) {}

  @Get()
  @ApiOperation({ summary: "A channel's settings; one that nobody has set has the defaults" })
  @ApiOkResponse({ type: ChannelSettingsDto })
  async read(
    @CurrentPrincipal() principal: Principal,
    @Param(validation) { name }: ChannelPathDto,
    @Query(validation) { tenant = principal.tenant }: OfTenantQueryDto,
  ) {
    return { name, ...(await this.channels.settings({ tenant, channel: name })) };
  }

  @Put()
  @ApiOperation({ summary: "Replaces a channel's settings; those who follow already go on" })
  @ApiOkResponse({ type: ChannelSettingsDto })
  async write(
    @CurrentPrincipal() principal: Principal,
    @Param(validation) { name }: ChannelPathDto,
    @Query(validation) { tenant = principal.tenant }: OfTenantQueryDto,
    @Body(validation) settings: ChannelSettingsDto,
  ) {
    return { name, ...(await this.channels.setSettings({ tenant, channel: name }, settings)) };
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Removes what the channel keeps, and its settings' })
  @ApiNoContentResponse()
  async remove(
    @CurrentPrincipal() principal: Principal,
    @Param(validation) { name }: ChannelPathDto,
    @Query(validation) { tenant = principal.tenant }: OfTenantQueryDto,
  ): Promise<void> {
    await this.channels.remove({ tenant, channel: name });
  }
}
