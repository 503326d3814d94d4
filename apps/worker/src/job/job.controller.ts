import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Res } from '@nestjs/common';
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
import { maxJobsACall, ServiceError, type JobOrder, type JobView } from '#contracts';
import { CurrentPrincipal, Roles, sendEventStream, untilGone, validation, type Principal } from '#service';
import { jobEvents } from './job-events.js';
import { JobDto, JobPathDto, SubmitJobDto, SubmitJobsDto, SubmittedJobDto, SubmittedJobsDto } from './job.dto.js';
import { JobsService } from './jobs.service.js';

const idempotencyHeader = {
  name: 'idempotency-key',
  required: false,
  description: 'Repeats within a day get the same job.',
};

/** Work in the background. */
@ApiTags('jobs')
@ApiBearerAuth()
@Roles('jobs')
@Controller('v1/jobs')
export class JobController {
  constructor(private readonly jobs: JobsService) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({ summary: 'Submits a job; it is kept when the answer comes' })
  @ApiHeader(idempotencyHeader)
  @ApiAcceptedResponse({ type: SubmittedJobDto })
  @ApiResponse({ status: 409, description: 'The Idempotency-Key came with another order before.' })
  @ApiResponse({ status: 429, description: 'Too many jobs of this tenant wait in the queue.' })
  async submit(
    @CurrentPrincipal() { tenant }: Principal,
    @Body(validation) order: SubmitJobDto,
    @Headers('idempotency-key') idempotencyKey?: string,
  ): Promise<SubmittedJobDto> {
    const [job] = await this.jobs.submit(tenant, [toOrder(order, idempotencyKey)]);
    return job!;
  }

  @Post('batch')
  @HttpCode(202)
  @ApiOperation({ summary: 'Submits up to 1 000 jobs; a fault of one refuses all' })
  @ApiAcceptedResponse({ type: SubmittedJobsDto })
  async submitMany(
    @CurrentPrincipal() { tenant }: Principal,
    @Body(validation) { jobs }: SubmitJobsDto,
  ): Promise<SubmittedJobsDto> {
    if (!Array.isArray(jobs) || jobs.length === 0 || jobs.length > maxJobsACall) {
      throw new ServiceError('invalid_request', `jobs must be a list of 1 to ${maxJobsACall}`, { param: 'jobs' });
    }
    return {
      data: await this.jobs.submit(
        tenant,
        jobs.map((order) => toOrder(order)),
      ),
    };
  }

  @Get(':id')
  @ApiOperation({ summary: 'How a job is doing, and what came of it' })
  @ApiOkResponse({ type: JobDto })
  read(@CurrentPrincipal() { tenant }: Principal, @Param(validation) { id }: JobPathDto): Promise<JobDto> {
    return this.mustRead(tenant, id);
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Cancels a job, also one that is being run' })
  @ApiOkResponse({ type: JobDto })
  @ApiResponse({ status: 409, description: 'It had ended before.' })
  async cancel(@CurrentPrincipal() { tenant }: Principal, @Param(validation) { id }: JobPathDto): Promise<JobDto> {
    const { cancelled, job } = await this.jobs.cancel(tenant, id);
    if (job === null) throw notFound();
    if (!cancelled && job.status !== 'cancelled') {
      throw new ServiceError('conflict', `The job has ended already: ${job.status}`, { reason: 'job_ended' });
    }
    return job;
  }

  @Get(':id/events')
  @ApiOperation({ summary: 'Follows a job as server-sent events: `change` with each step, `end` with its outcome' })
  @ApiProduces('text/event-stream')
  async follow(
    @CurrentPrincipal() { tenant }: Principal,
    @Param(validation) { id }: JobPathDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.mustRead(tenant, id);
    const signal = untilGone(reply);
    await sendEventStream(
      reply,
      jobEvents(() => this.jobs.read(tenant, id), signal),
    );
  }

  private async mustRead(tenant: string, id: string): Promise<JobView> {
    const job = await this.jobs.read(tenant, id);
    if (job === null) throw notFound();
    return job;
  }
}

function notFound(): ServiceError {
  return new ServiceError('not_found', 'There is no such job (any more)', { reason: 'job_not_found' });
}

function toOrder({ runAt, ...order }: SubmitJobDto, idempotencyKey?: string): JobOrder {
  if (idempotencyKey !== undefined && (idempotencyKey === '' || idempotencyKey.length > 256)) {
    const message = 'Idempotency-Key must be 1 to 256 characters';
    throw new ServiceError('invalid_request', message, { param: 'idempotency-key' });
  }
  const keyed = { ...order, ...(idempotencyKey !== undefined && { idempotencyKey }) };
  if (runAt === undefined) return keyed;
  const delayMs = Date.parse(runAt) - Date.now();
  const fault =
    order.delayMs !== undefined ? 'cannot stand beside delayMs' : delayMs < 0 ? 'must not be in the past' : '';
  if (fault) throw new ServiceError('invalid_request', `runAt ${fault}`, { param: 'runAt' });
  return { ...keyed, delayMs };
}
