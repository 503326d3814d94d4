import { Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, Roles, validation, type Principal } from '#service';
import { CachePathDto, EntryPathDto } from '../cache-path.dto.js';
import { ResponseCacheService } from './response-cache.service.js';

@ApiTags('caches')
@ApiBearerAuth()
@Controller('v1/caches/:cacheId')
export class ResponseCacheController {
  constructor(private readonly responses: ResponseCacheService) {}

  @Post('flush')
  @Roles('cache:write')
  @HttpCode(204)
  @ApiOperation({ summary: 'Forgets every entry at once; every replica follows within a second' })
  @ApiNoContentResponse()
  async flush(@CurrentPrincipal() { tenant }: Principal, @Param(validation) { cacheId }: CachePathDto): Promise<void> {
    await this.responses.flush({ tenant, cacheId });
  }

  @Delete('entries/:entryId')
  @Roles('cache:write')
  @HttpCode(204)
  @ApiOperation({ summary: 'Deletes one entry; one that is already gone is no fault' })
  @ApiNoContentResponse()
  async delete(
    @CurrentPrincipal() { tenant }: Principal,
    @Param(validation) { cacheId, entryId }: EntryPathDto,
  ): Promise<void> {
    await this.responses.delete({ tenant, cacheId, entryId });
  }
}
