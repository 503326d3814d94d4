import { Body, Controller, Get, Param, Patch, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ServiceError } from '#contracts';
import { Roles, validation } from '#service';
import { Asked, type AskedBy } from '../conversation/asked-by.js';
import { AskedQuery, SessionPageDto, SessionPageQuery } from '../conversation/conversation.dto.js';
import { sessionView } from '../conversation/session-view.js';
import { messageView } from '../message/message-view.js';
import { PreferencesService } from './preferences.service.js';
import { SearchService } from './search.service.js';
import { userScope } from './user-scope.js';
import { UserSessionsService } from './user-sessions.service.js';
import { FoundMessagesDto, SearchQuery, UserPathDto } from './user.dto.js';

@ApiTags('users')
@ApiBearerAuth()
@ApiHeader({ name: 'x-larder-user', required: false, description: 'The user on whose behalf' })
@Roles('sessions')
@Controller('v1/users/:userId')
export class UserController {
  constructor(
    private readonly sessions: UserSessionsService,
    private readonly searching: SearchService,
    private readonly preferences: PreferencesService,
  ) {}

  @Get('sessions')
  @ApiOperation({ summary: "A user's sessions, the last active first" })
  @ApiOkResponse({ type: SessionPageDto })
  async list(
    @Asked() asked: AskedBy,
    @Param(validation) { userId }: UserPathDto,
    @Query(validation) { cursor, limit }: SessionPageQuery,
  ): Promise<SessionPageDto> {
    const { sessions, nextCursor } = await this.sessions.page(userScope(asked, userId), limit ?? 20, cursor);
    return { data: sessions.map(sessionView), nextCursor };
  }

  @Get('search')
  @ApiOperation({ summary: "Looks for text in a user's sessions" })
  @ApiOkResponse({ type: FoundMessagesDto })
  async search(
    @Asked() asked: AskedBy,
    @Param(validation) { userId }: UserPathDto,
    @Query(validation) { q, cursor, limit }: SearchQuery,
  ): Promise<FoundMessagesDto> {
    const { found, nextCursor } = await this.searching.search(userScope(asked, userId), q, limit ?? 20, cursor);
    const data = found.map(({ message, ...place }) => ({ ...place, message: messageView(message) }));
    return { data, nextCursor };
  }

  @Get('preferences')
  @ApiOperation({ summary: 'What is noted of a user, for all of their sessions' })
  @ApiOkResponse({ type: Object })
  read(
    @Asked() asked: AskedBy,
    @Param(validation) { userId }: UserPathDto,
    @Query(validation) _: AskedQuery,
  ): Promise<Record<string, unknown>> {
    return this.preferences.read(userScope(asked, userId));
  }

  @Put('preferences')
  @ApiOperation({ summary: 'Replaces them all; at most 16 KiB' })
  @ApiBody({ schema: { type: 'object', example: { language: 'en' } } })
  @ApiOkResponse({ type: Object })
  replace(
    @Asked() asked: AskedBy,
    @Param(validation) { userId }: UserPathDto,
    @Query(validation) _: AskedQuery,
    @Body() preferences: unknown,
  ): Promise<Record<string, unknown>> {
    return this.preferences.write(userScope(asked, userId), plainObject(preferences), { merged: false });
  }

  @Patch('preferences')
  @ApiOperation({ summary: 'Sets those that are named; null removes one' })
  @ApiBody({ schema: { type: 'object', example: { language: 'en', theme: null } } })
  @ApiOkResponse({ type: Object })
  merge(
    @Asked() asked: AskedBy,
    @Param(validation) { userId }: UserPathDto,
    @Query(validation) _: AskedQuery,
    @Body() preferences: unknown,
  ): Promise<Record<string, unknown>> {
    return this.preferences.write(userScope(asked, userId), plainObject(preferences), { merged: true });
  }
}

/** The members are the application's own, so there is no class of them. */
function plainObject(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new ServiceError('invalid_request', 'The body must be an object');
}
