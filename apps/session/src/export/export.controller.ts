import { Readable } from 'node:stream';
import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiNotFoundResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Roles, validation } from '#service';
import { Asked, type AskedBy } from '../conversation/asked-by.js';
import { AskedQuery, SessionPathDto } from '../conversation/conversation.dto.js';
import { ExportService } from './export.service.js';

@ApiTags('sessions')
@ApiBearerAuth()
@Roles('sessions')
@Controller('v1/sessions/:sessionId/export')
export class ExportController {
  constructor(private readonly exports: ExportService) {}

  @Get()
  @ApiOperation({ summary: 'All messages, one JSON object a line' })
  @ApiProduces('application/x-ndjson')
  @ApiNotFoundResponse({ description: 'Absent, or of another tenant or user' })
  async export(
    @Asked() { tenant, asker }: AskedBy,
    @Query(validation) _: AskedQuery,
    @Param(validation) { sessionId }: SessionPathDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const lines = await this.exports.lines({ tenant, sessionId }, asker);
    reply.header('content-type', 'application/x-ndjson; charset=utf-8');
    await reply.send(Readable.from(lines, { objectMode: false }));
  }
}
