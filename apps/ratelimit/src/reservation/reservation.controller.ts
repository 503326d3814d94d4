import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiTooManyRequestsResponse,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ReserveLimitsRequest } from '#contracts';
import { CurrentPrincipal, newId, Roles, validation, type Principal } from '#service';
import { questionOf } from '../check/asked-question.js';
import { isAdministrator, reachedKey, reachedTenant } from '../reached-tenant.js';
import { OutstandingService } from './outstanding.service.js';
import {
  CancelQuery,
  ListReservationsQuery,
  OutstandingPageDto,
  ReservationPathDto,
  ReserveBody,
  ReservedDto,
  SettleBody,
  SettledDto,
} from './reservation.dto.js';
import { ReservationService } from './reservation.service.js';
import { SettlementService, type NamedReservation } from './settlement.service.js';

/** Sets cost aside before it is known, and settles it afterwards. */
@ApiTags('limits')
@ApiBearerAuth()
@Roles('limits')
@Controller('v1/limits/reservations')
export class ReservationController {
  constructor(
    private readonly reservations: ReservationService,
    private readonly settlement: SettlementService,
    private readonly outstanding: OutstandingService,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Sets a cost aside from every limit, or from none' })
  @ApiCreatedResponse({ type: ReservedDto })
  @ApiTooManyRequestsResponse({ type: ReservedDto, description: 'A limit has no room for it; nothing is taken.' })
  @ApiNotFoundResponse({ description: 'There is no such policy.' })
  @ApiConflictResponse({ description: 'A reservation of this id has ended already.' })
  async reserve(
    @CurrentPrincipal() principal: Principal,
    @Body(validation) body: ReserveBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReservedDto> {
    const reserved = await this.reservations.reserve(requestOf(principal, body), {
      keyId: principal.keyId,
      looksAtGlobal: !isAdministrator(principal),
    });
    if (!reserved.allowed) reply.status(429);
    const waitMs = reserved.limits.find(({ name }) => name === reserved.binding)?.retryAfterMs;
    if (waitMs) reply.header('retry-after', String(Math.ceil(waitMs / 1_000)));
    return reserved;
  }

  @Get()
  @ApiOperation({ summary: 'What is set aside and not settled yet, by the time at which it expires' })
  @ApiOkResponse({ type: OutstandingPageDto })
  list(
    @CurrentPrincipal() principal: Principal,
    @Query(validation) { tenant, limit, cursor }: ListReservationsQuery,
  ): Promise<OutstandingPageDto> {
    return this.outstanding.list(reachedTenant(principal, tenant), limit, cursor, reachedKey(principal));
  }

  @Post(':id/settle')
  @HttpCode(200)
  @ApiOperation({ summary: 'Puts the real cost in the place of what was set aside, in the windows of the reservation' })
  @ApiOkResponse({ type: SettledDto })
  settle(
    @CurrentPrincipal() principal: Principal,
    @Param(validation) { id }: ReservationPathDto,
    @Body(validation) { tenant, cost, estimated }: SettleBody,
  ): Promise<SettledDto> {
    return this.settlement.settle(named(principal, id, tenant), cost, estimated);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Gives everything back; one that has ended stays as it is' })
  @ApiNoContentResponse()
  async cancel(
    @CurrentPrincipal() principal: Principal,
    @Param(validation) { id }: ReservationPathDto,
    @Query(validation) { tenant }: CancelQuery,
  ): Promise<void> {
    await this.settlement.cancel(named(principal, id, tenant));
  }
}

function named(principal: Principal, id: string, tenant: string | undefined): NamedReservation {
  const keyId = reachedKey(principal);
  return { tenant: reachedTenant(principal, tenant), id, ...(keyId !== undefined && { keyId }) };
}

/** Without cost and estimate, one request. */
function requestOf(principal: Principal, body: ReserveBody): ReserveLimitsRequest {
  const { id = newId(), cost, estimate, ttlSeconds, keepOnExpiry = false } = body;
  const price = cost || !estimate ? { cost: cost ?? { requests: 1 } } : {};
  return { ...questionOf(principal, body), id, ttlSeconds, keepOnExpiry, ...price, ...(estimate && { estimate }) };
}
