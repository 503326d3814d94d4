import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { hex128Pattern, maxJobsACall, ServiceError, type JobView } from '#contracts';
import {
  CurrentPrincipal,
  decodeCursor,
  encodeCursor,
  Roles,
  sendEventStream,
  untilGone,
  validation,
  type Principal,
} from '#service';
import { assertMayOrder } from './caller-rights.js';
import { endedEventId, jobEvents } from './job-events.js';
import { JobListService } from './job-list.service.js';
import {
  JobDto,
  JobListDto,
  JobListQueryDto,
  JobPathDto,
  SubmitJobDto,
  SubmitJobsDto,
  SubmittedJobDto,
  SubmittedJobsDto,
} from './job.dto.js';
import { JobsService } from './jobs.service.js';
import { KindRegistry } from './kind-registry.service.js';
import { submittedOrder, type OrderHeaders } from './submitted-order.js';

const idempotencyHeader = {
  name: 'idempotency-key',
  required: false,
  description: 'Repeats within a day get the same job.',
};

const defaultLimit = 50;

/** Work in the background. A key that is pinned to a user sees that user's jobs alone. */
@ApiTags('jobs')
@ApiBearerAuth()
@Roles('jobs')
@Controller('v1/jobs')
export class JobController {
  constructor(
    private readonly jobs: JobsService,
    private readonly lists: JobListService,
    private readonly kinds: KindRegistry,
  ) {}

  @Get()
  @ApiOperation({
    summary: "The tenant's jobs, the latest first. A page may be short, or empty: go on while there is a nextCursor.",
  })
  @ApiOkResponse({ type: JobListDto })
  async list(
    @CurrentPrincipal() { tenant, userId }: Principal,
    @Query(validation) { cursor, limit = defaultLimit, ...filter }: JobListQueryDto,
  ): Promise<JobListDto> {
    const after = cursor === undefined ? {} : { after: decodeCursor(cursor, hex128Pattern) };
    const wanted = { ...filter, ...(userId !== undefined && { userId }) };
    const { jobs, next } = await this.lists.page(tenant, wanted, { ...after, limit });
    return { data: jobs, nextCursor: next === undefined ? null : encodeCursor(next) };
  }

  @Post()
  @HttpCode(202)
  @ApiOperation({ summary: 'Submits a job; it is kept when the answer comes' })
  @ApiHeader(idempotencyHeader)
  @ApiAcceptedResponse({ type: SubmittedJobDto })
  @ApiResponse({ status: 409, description: 'The Idempotency-Key came with another order before.' })
  @ApiResponse({ status: 429, description: 'Too many jobs of this tenant wait in the queue.' })
  async submit(
    @CurrentPrincipal() principal: Principal,
    @Body(validation) order: SubmitJobDto,
    @Headers('idempotency-key') idempotencyKey?: string,
    @Headers('traceparent') traceparent?: string,
    @Headers('x-larder-user') asUser?: string,
  ): Promise<SubmittedJobDto> {
    const [job] = await this.order(principal, [order], { idempotencyKey, traceparent, asUser });
    return job!;
  }

  @Post('batch')
  @HttpCode(202)
  @ApiOperation({ summary: 'Submits up to 1 000 jobs; a fault of one refuses all' })
  @ApiAcceptedResponse({ type: SubmittedJobsDto })
  async submitMany(
    @CurrentPrincipal() principal: Principal,
    @Body(validation) { jobs }: SubmitJobsDto,
    @Headers('idempotency-key') idempotencyKey?: string,
    @Headers('traceparent') traceparent?: string,
    @Headers('x-larder-user') asUser?: string,
  ): Promise<SubmittedJobsDto> {
    if (idempotencyKey !== undefined) {
      const message = 'A batch has no Idempotency-Key: submit its jobs one by one, or give each a dedupKey';
      throw new ServiceError('invalid_request', message, { param: 'idempotency-key' });
    }
    if (!Array.isArray(jobs) || jobs.length === 0 || jobs.length > maxJobsACall) {
      throw new ServiceError('invalid_request', `jobs must be a list of 1 to ${maxJobsACall}`, { param: 'jobs' });
    }
    return { data: await this.order(principal, jobs, { traceparent, asUser }) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'How a job is doing, and what came of it' })
  @ApiOkResponse({ type: JobDto })
  read(@CurrentPrincipal() principal: Principal, @Param(validation) { id }: JobPathDto): Promise<JobDto> {
    return this.mustRead(principal, id);
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Cancels a job, also one that is being run' })
  @ApiOkResponse({ type: JobDto })
  @ApiResponse({ status: 409, description: 'It had ended before.' })
  async cancel(@CurrentPrincipal() principal: Principal, @Param(validation) { id }: JobPathDto): Promise<JobDto> {
    const { cancelled, job } = await this.jobs.cancel(principal.tenant, id, principal.userId);
    if (job === null) throw notFound();
    if (!cancelled && job.status !== 'cancelled') {
      throw new ServiceError('conflict', `The job has ended already: ${job.status}`, { reason: 'job_ended' });
    }
    return job;
  }

  @Get(':id/events')
  @ApiOperation({
    summary:
      'Follows a job as server-sent events: `change` with each step, `end` with its outcome. Each has the whole job; with Last-Event-ID what was heard is not repeated.',
  })
  @ApiProduces('text/event-stream')
  async follow(
    @CurrentPrincipal() principal: Principal,
    @Param(validation) { id }: JobPathDto,
    @Res() reply: FastifyReply,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<void> {
    // Who has heard of the end is told not to come again (WHATWG HTML, 9.2.3).
    const hasHeard = endedEventId(await this.mustRead(principal, id)) === lastEventId;
    if (hasHeard && lastEventId !== undefined) return void (await reply.code(204).send());
    const signal = untilGone(reply);
    await sendEventStream(
      reply,
      jobEvents(() => this.jobs.read(principal.tenant, id, principal.userId), signal, lastEventId),
    );
  }

  private order(
    principal: Principal,
    orders: readonly SubmitJobDto[],
    headers: OrderHeaders,
  ): Promise<SubmittedJobDto[]> {
    for (const { kind, payload } of orders) assertMayOrder(principal, this.kinds.find(kind), payload);
    const asked = orders.map((order) => submittedOrder(principal, order, headers));
    return this.jobs.submit(principal.tenant, asked);
  }

  private async mustRead({ tenant, userId }: Principal, id: string): Promise<JobView> {
    const job = await this.jobs.read(tenant, id, userId);
    if (job === null) throw notFound();
    return job;
  }
}

function notFound(): ServiceError {
  return new ServiceError('not_found', 'There is no such job (any more)', { reason: 'job_not_found' });
}
