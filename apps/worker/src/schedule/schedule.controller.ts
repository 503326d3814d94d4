import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, Roles, validation, type Principal } from '#service';
import { NewScheduleDto, ScheduleDto, ScheduleListDto, ScheduleOrderDto, SchedulePathDto } from './schedule.dto.js';
import type { FoundSchedule } from './schedule-record.js';
import { ScheduleService } from './schedule.service.js';

/** Jobs by the clock. */
@ApiTags('schedules')
@ApiBearerAuth()
@Roles('jobs')
@Controller('v1/schedules')
export class ScheduleController {
  constructor(private readonly schedules: ScheduleService) {}

  @Get()
  @ApiOperation({ summary: "The tenant's schedules" })
  @ApiOkResponse({ type: ScheduleListDto })
  async list(@CurrentPrincipal() { tenant }: Principal): Promise<ScheduleListDto> {
    return { data: (await this.schedules.list(tenant)).map(shown) };
  }

  @Post()
  @ApiOperation({ summary: 'Makes a schedule, or replaces the one of this name' })
  @ApiCreatedResponse({ type: ScheduleDto })
  async create(
    @CurrentPrincipal() { tenant }: Principal,
    @Body(validation) { name, ...order }: NewScheduleDto,
  ): Promise<ScheduleDto> {
    return this.write(tenant, name, order);
  }

  @Put(':name')
  @ApiOperation({ summary: 'Makes or replaces a schedule' })
  @ApiOkResponse({ type: ScheduleDto })
  async replace(
    @CurrentPrincipal() { tenant }: Principal,
    @Param(validation) { name }: SchedulePathDto,
    @Body(validation) order: ScheduleOrderDto,
  ): Promise<ScheduleDto> {
    return this.write(tenant, name, order);
  }

  @Get(':name')
  @ApiOkResponse({ type: ScheduleDto })
  async read(
    @CurrentPrincipal() { tenant }: Principal,
    @Param(validation) { name }: SchedulePathDto,
  ): Promise<ScheduleDto> {
    return shown(await this.schedules.read(tenant, name));
  }

  @Delete(':name')
  @HttpCode(204)
  @ApiOperation({ summary: 'Ends a schedule; jobs that it has made stay' })
  async remove(@CurrentPrincipal() { tenant }: Principal, @Param(validation) { name }: SchedulePathDto): Promise<void> {
    await this.schedules.remove(tenant, name);
  }

  private async write(tenant: string, name: string, order: ScheduleOrderDto): Promise<ScheduleDto> {
    const { timeZone = 'UTC', priority = 'normal', missed = 'once', enabled = true, ...asked } = order;
    return shown(await this.schedules.write({ ...asked, tenant, name, timeZone, priority, missed, enabled }));
  }
}

function shown({ record, tick }: FoundSchedule): ScheduleDto {
  const { tenant: _, changedAt: __, ...members } = record;
  return { ...members, nextAt: tick === undefined ? null : new Date(tick).toISOString() };
}
