import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles, validation } from '#service';
import { Asked, type AskedBy } from '../conversation/asked-by.js';
import { SessionPathDto } from '../conversation/conversation.dto.js';
import { noSession } from '../session.errors.js';
import { ContextReader } from './context-reader.js';
import { ContextQuery, SessionContextDto } from './context.dto.js';

@ApiTags('sessions')
@ApiBearerAuth()
@ApiHeader({ name: 'x-larder-user', required: false, description: 'The user on whose behalf' })
@Roles('sessions')
@Controller('v1/sessions/:sessionId/context')
export class ContextController {
  constructor(private readonly contexts: ContextReader) {}

  @Get()
  @ApiOperation({
    summary: 'What fits the model now, ready to be sent',
    description: 'The system messages and the newest others; the beginning stays the same for as long as possible.',
  })
  @ApiOkResponse({ type: SessionContextDto })
  @ApiNotFoundResponse({ description: 'Absent, or of another tenant or user' })
  async read(
    @Asked() { tenant, asker }: AskedBy,
    @Param(validation) { sessionId }: SessionPathDto,
    @Query(validation) query: ContextQuery,
  ): Promise<SessionContextDto> {
    const context = await this.contexts.read({ tenant, sessionId }, query, asker);
    if (!context) throw noSession();
    return context;
  }
}
