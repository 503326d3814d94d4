import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { ServiceError } from '#contracts';
import { Roles, validation } from '#service';
import { Asked, type AskedBy } from './asked-by.js';
import { AskedQuery, CreateSessionDto, PatchSessionDto, SessionDto, SessionPathDto } from './conversation.dto.js';
import { ConversationService } from './conversation.service.js';
import { sessionView } from './session-view.js';

@ApiTags('sessions')
@ApiBearerAuth()
@ApiHeader({ name: 'x-larder-user', required: false, description: 'The user on whose behalf' })
@Roles('sessions')
@Controller('v1/sessions')
export class ConversationController {
  constructor(private readonly conversations: ConversationService) {}

  @Post()
  @ApiOperation({ summary: 'Begins a session' })
  @ApiCreatedResponse({ type: SessionDto })
  @ApiConflictResponse({ description: 'The id is taken' })
  async create(
    @Asked() { tenant, asker }: AskedBy,
    @Query(validation) _: AskedQuery,
    @Body(validation) { id, userId, ttlSeconds, metadata }: CreateSessionDto = {},
  ): Promise<SessionDto> {
    if (asker.userId !== undefined && asker.reach !== 'own' && userId !== undefined && userId !== asker.userId) {
      throw new ServiceError('invalid_request', 'userId is not the user on whose behalf', { param: 'userId' });
    }
    const owner = asker.userId ?? userId;
    return sessionView(
      await this.conversations.create({
        tenant,
        ...(id != null && { id }),
        ...(owner != null && { userId: owner }),
        ...(ttlSeconds != null && { ttlSeconds }),
        ...(metadata != null && { metadata }),
      }),
    );
  }

  @Get(':sessionId')
  @ApiOperation({ summary: 'A session without its messages' })
  @ApiOkResponse({ type: SessionDto })
  @ApiNotFoundResponse({ description: 'Absent, or of another tenant or user' })
  async read(
    @Asked() { tenant, asker }: AskedBy,
    @Query(validation) _: AskedQuery,
    @Param(validation) { sessionId }: SessionPathDto,
  ): Promise<SessionDto> {
    return sessionView(await this.conversations.read({ tenant, sessionId }, asker));
  }

  @Patch(':sessionId')
  @ApiOperation({ summary: 'Merges metadata into a session; sets its life' })
  @ApiOkResponse({ type: SessionDto })
  @ApiNotFoundResponse({ description: 'Absent, or of another tenant or user' })
  async patch(
    @Asked() { tenant, asker }: AskedBy,
    @Query(validation) _: AskedQuery,
    @Param(validation) { sessionId }: SessionPathDto,
    @Body(validation) { metadata, ttlSeconds }: PatchSessionDto = {},
  ): Promise<SessionDto> {
    const patch = { ...(metadata && { metadata }), ...(ttlSeconds != null && { ttlSeconds }) };
    return sessionView(await this.conversations.patch({ tenant, sessionId }, asker, patch));
  }

  @Delete(':sessionId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Deletes a session and all its messages; the audit archive keeps them' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ description: 'Absent, or of another tenant or user' })
  async delete(
    @Asked() { tenant, asker }: AskedBy,
    @Query(validation) _: AskedQuery,
    @Param(validation) { sessionId }: SessionPathDto,
  ): Promise<void> {
    await this.conversations.delete({ tenant, sessionId }, asker);
  }
}
