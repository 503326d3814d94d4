import { Body, Controller, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiNotFoundResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles, validation } from '#service';
import { Asked, type AskedBy } from '../conversation/asked-by.js';
import { AskedQuery, SessionDto, SessionPathDto } from '../conversation/conversation.dto.js';
import { sessionView } from '../conversation/session-view.js';
import { ForkDto } from './fork.dto.js';
import { ForkService } from './fork.service.js';

@ApiTags('sessions')
@ApiBearerAuth()
@Roles('sessions')
@Controller('v1/sessions/:sessionId/fork')
export class ForkController {
  constructor(private readonly forks: ForkService) {}

  @Post()
  @ApiOperation({ summary: 'A new session of the same user with the beginning of this one' })
  @ApiCreatedResponse({ type: SessionDto })
  @ApiNotFoundResponse({ description: 'Absent, or of another tenant or user' })
  async fork(
    @Asked() { tenant, asker }: AskedBy,
    @Query(validation) _: AskedQuery,
    @Param(validation) { sessionId }: SessionPathDto,
    @Body(validation) { atSeq, messageId, ttlSeconds, metadata }: ForkDto = {},
  ): Promise<SessionDto> {
    const wish = {
      ...(atSeq != null && { atSeq }),
      ...(messageId != null && { messageId }),
      ...(ttlSeconds != null && { ttlSeconds }),
      ...(metadata && { metadata }),
    };
    return sessionView(await this.forks.fork({ tenant, sessionId }, asker, wish));
  }
}
