import { Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { hex128Pattern } from '#contracts';
import { decodeCursor, encodeCursor, Roles, validation, type Principal } from '#service';
import {
  DeadLetterPathDto,
  DeadLetterQueryDto,
  DeadLettersDto,
  PurgedDto,
  QueueDto,
  QueueListDto,
  QueuePathDto,
  ReplayedDto,
  TenantQueryDto,
} from './queue.dto.js';
import { tenantOf, TenantPrincipal } from '../job/tenant-principal.js';
import { QueuesService } from './queues.service.js';

const notFound = { status: 404, description: 'There is no such queue, or no such dead letter.' };
const defaultLimit = 50;

/** Queues. An ordinary key sees and moves its tenant's jobs; an admin key those of one tenant, or of all. */
@ApiTags('queues')
@ApiBearerAuth()
@Roles('jobs')
@ApiResponse(notFound)
@Controller('v1/queues')
export class QueueController {
  constructor(private readonly queues: QueuesService) {}

  @Get()
  @ApiOperation({ summary: 'Every queue, and how many jobs are in it' })
  @ApiOkResponse({ type: QueueListDto })
  async list(@TenantPrincipal() caller: Principal, @Query(validation) query: TenantQueryDto): Promise<QueueListDto> {
    return { data: await this.queues.list(scopeOf(caller, query)) };
  }

  @Get(':name')
  @ApiOperation({ summary: 'One queue' })
  @ApiOkResponse({ type: QueueDto })
  read(
    @TenantPrincipal() caller: Principal,
    @Param(validation) { name }: QueuePathDto,
    @Query(validation) query: TenantQueryDto,
  ): Promise<QueueDto> {
    return this.queues.read(name, scopeOf(caller, query));
  }

  @Post(':name/pause')
  @HttpCode(200)
  @ApiOperation({ summary: 'Starts nothing any more; what runs goes on' })
  @ApiOkResponse({ type: QueueDto })
  pause(
    @TenantPrincipal() caller: Principal,
    @Param(validation) { name }: QueuePathDto,
    @Query(validation) query: TenantQueryDto,
  ): Promise<QueueDto> {
    return this.queues.pause(name, scopeOf(caller, query), true);
  }

  @Post(':name/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Lets a paused queue go on; what was paused for all is resumed for all' })
  @ApiOkResponse({ type: QueueDto })
  resume(
    @TenantPrincipal() caller: Principal,
    @Param(validation) { name }: QueuePathDto,
    @Query(validation) query: TenantQueryDto,
  ): Promise<QueueDto> {
    return this.queues.pause(name, scopeOf(caller, query), false);
  }

  @Get(':name/dead-letters')
  @ApiOperation({ summary: 'Jobs that no attempt could do, with the reasons' })
  @ApiOkResponse({ type: DeadLettersDto })
  async deadLetters(
    @TenantPrincipal() caller: Principal,
    @Param(validation) { name }: QueuePathDto,
    @Query(validation) { cursor, limit = defaultLimit, ...query }: DeadLetterQueryDto,
  ): Promise<DeadLettersDto> {
    const after = cursor === undefined ? {} : { after: decodeCursor(cursor, hex128Pattern) };
    const { data, next } = await this.queues.deadLetters(name, tenantOf(caller, query), { ...after, limit });
    return { data, nextCursor: next === undefined ? null : encodeCursor(next) };
  }

  @Post(':name/dead-letters/replay')
  @HttpCode(200)
  @ApiOperation({ summary: 'Gives up to 1 000 dead letters another life: attempts are counted anew' })
  @ApiOkResponse({ type: ReplayedDto })
  async replayAll(
    @TenantPrincipal() caller: Principal,
    @Param(validation) { name }: QueuePathDto,
    @Query(validation) query: TenantQueryDto,
  ): Promise<ReplayedDto> {
    return { replayed: await this.queues.replay(name, tenantOf(caller, query)) };
  }

  @Post(':name/dead-letters/:id/replay')
  @HttpCode(200)
  @ApiOperation({ summary: 'Gives one dead letter another life' })
  @ApiOkResponse({ type: ReplayedDto })
  async replay(
    @TenantPrincipal() caller: Principal,
    @Param(validation) { name, id }: DeadLetterPathDto,
    @Query(validation) query: TenantQueryDto,
  ): Promise<ReplayedDto> {
    return { replayed: await this.queues.replay(name, tenantOf(caller, query), id) };
  }

  @Delete(':name/dead-letters')
  @ApiOperation({ summary: 'Removes up to 1 000 dead letters for good' })
  @ApiOkResponse({ type: PurgedDto })
  async purgeAll(
    @TenantPrincipal() caller: Principal,
    @Param(validation) { name }: QueuePathDto,
    @Query(validation) query: TenantQueryDto,
  ): Promise<PurgedDto> {
    return { purged: await this.queues.purge(name, tenantOf(caller, query)) };
  }

  @Delete(':name/dead-letters/:id')
  @ApiOperation({ summary: 'Removes one dead letter for good' })
  @ApiOkResponse({ type: PurgedDto })
  async purge(
    @TenantPrincipal() caller: Principal,
    @Param(validation) { name, id }: DeadLetterPathDto,
    @Query(validation) query: TenantQueryDto,
  ): Promise<PurgedDto> {
    return { purged: await this.queues.purge(name, tenantOf(caller, query), id) };
  }
}

/** Whose jobs; an admin key that names nobody means all. */
function scopeOf(caller: Principal, query: TenantQueryDto): string {
  return query.tenant === undefined && caller.roles.includes('admin') ? '*' : tenantOf(caller, query);
}
