import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProduces, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';
import { hex128Pattern, ServiceError } from '#contracts';
import { CurrentPrincipal, Roles, validation, type Principal } from '#service';
import { OutputRepository } from '../bulk/output.repository.js';
import { JobsService } from './jobs.service.js';

class OutputPathDto {
  @ApiProperty()
  @Matches(hex128Pattern)
  id: string;
}

/** What jobs of many parts bring forth. */
@ApiTags('jobs')
@ApiBearerAuth()
@Roles('jobs')
@Controller('v1/jobs')
export class OutputController {
  constructor(
    private readonly outputs: OutputRepository,
    private readonly jobs: JobsService,
  ) {}

  @Get(':id/output')
  @ApiOperation({
    summary:
      'The lines that a job of many parts has brought forth, in the order of its input; while it runs, those so far',
  })
  @ApiProduces('application/jsonl')
  @ApiOkResponse({ description: 'One JSON object a line' })
  async read(
    @CurrentPrincipal() { tenant, userId }: Principal,
    @Param(validation) { id }: OutputPathDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const address = { tenant, jobId: id };
    const isTheirs = userId === undefined || (await this.jobs.read(tenant, id, userId)) !== null;
    if (!isTheirs || !(await this.outputs.exists(address))) {
      throw new ServiceError('not_found', 'There is no output of such a job.');
    }
    await reply
      .header('content-type', 'application/jsonl; charset=utf-8')
      .send(Readable.from(this.outputs.read(address), { objectMode: false }));
  }
}
