import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles, validation, type Principal } from '#service';
import { assertMayOrder, callerOf } from '../job/caller-rights.js';
import { KindRegistry } from '../job/kind-registry.service.js';
import { tenantOf, TenantPrincipal } from '../job/tenant-principal.js';
import { userInPayload } from '../job/user-in-payload.js';
import {
  NewScheduleDto,
  ScheduleQueryDto,
  ScheduleDto,
  ScheduleListDto,
  ScheduleOrderDto,
  SchedulePathDto,
} from './schedule.dto.js';
import type { FoundSchedule } from './schedule-record.js';
import { ScheduleService } from './schedule.service.js';

/** Jobs by the clock. */
@ApiTags('schedules')
@ApiBearerAuth()
@Roles('jobs')
@Controller('v1/schedules')
export class ScheduleController {
  constructor(
    private readonly schedules: ScheduleService,
    private readonly kinds: KindRegistry,
  ) {}

  @Get()
  @ApiOperation({ summary: "The tenant's schedules" })
  @ApiOkResponse({ type: ScheduleListDto })
  async list(
    @TenantPrincipal() principal: Principal,
    @Query(validation) query: ScheduleQueryDto,
  ): Promise<ScheduleListDto> {
    return { data: (await this.schedules.list(tenantOf(principal, query))).map(shown) };
  }

  @Post()
  @ApiOperation({ summary: 'Makes a schedule, or replaces the one of this name' })
  @ApiCreatedResponse({ type: ScheduleDto })
  async create(
    @TenantPrincipal() principal: Principal,
    @Body(validation) { name, ...order }: NewScheduleDto,
  ): Promise<ScheduleDto> {
    return this.write(principal, name, order);
  }

  @Put(':name')
  @ApiOperation({ summary: 'Makes or replaces a schedule' })
  @ApiOkResponse({ type: ScheduleDto })
  async replace(
    @TenantPrincipal() principal: Principal,
    @Param(validation) { name }: SchedulePathDto,
    @Body(validation) order: ScheduleOrderDto,
  ): Promise<ScheduleDto> {
    return this.write(principal, name, order);
  }

  @Get(':name')
  @ApiOkResponse({ type: ScheduleDto })
  async read(
    @TenantPrincipal() principal: Principal,
    @Param(validation) { name }: SchedulePathDto,
    @Query(validation) query: ScheduleQueryDto,
  ): Promise<ScheduleDto> {
    return shown(await this.schedules.read(tenantOf(principal, query), name));
  }

  @Delete(':name')
  @HttpCode(204)
  @ApiOperation({ summary: 'Ends a schedule; jobs that it has made stay' })
  async remove(
    @TenantPrincipal() principal: Principal,
    @Param(validation) { name }: SchedulePathDto,
    @Query(validation) query: ScheduleQueryDto,
  ): Promise<void> {
    await this.schedules.remove(tenantOf(principal, query), name);
  }

  private async write(principal: Principal, name: string, order: ScheduleOrderDto): Promise<ScheduleDto> {
    assertMayOrder(principal, this.kinds.find(order.kind), order.payload);
    const { timeZone = 'UTC', priority = 'normal', missed = 'once', enabled = true, ...asked } = order;
    const settled = { ...asked, name, timeZone, priority, missed, enabled };
    return shown(
      await this.schedules.write({
        ...settled,
        tenant: principal.tenant,
        caller: callerOf(principal, userInPayload(order.payload)),
      }),
    );
  }
}

function shown({ record, tick }: FoundSchedule): ScheduleDto {
  const { tenant: _, changedAt: __, caller: ___, ...members } = record;
  return { ...members, nextAt: tick === undefined ? null : new Date(tick).toISOString() };
}
