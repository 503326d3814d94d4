import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, Roles, validation, type Principal } from '#service';
import { CachePathDto } from '../cache-path.dto.js';
import { lastDays } from './days.js';
import { CacheStatisticsDto, StatisticsQueryDto } from './statistics.dto.js';
import { StatisticsService } from './statistics.service.js';

@ApiTags('caches')
@ApiBearerAuth()
@Controller('v1/caches/:cacheId/stats')
export class StatisticsController {
  constructor(private readonly statistics: StatisticsService) {}

  @Get()
  @Roles('cache:read')
  @ApiOperation({ summary: 'Hits, misses by reason, and the tokens, money and time saved, by day and model' })
  @ApiOkResponse({ type: CacheStatisticsDto })
  read(
    @CurrentPrincipal() { tenant }: Principal,
    @Param(validation) { cacheId }: CachePathDto,
    @Query(validation) query: StatisticsQueryDto,
  ): Promise<CacheStatisticsDto> {
    const last = lastDays();
    return this.statistics.read({ tenant, cacheId, from: query.from ?? last.from, to: query.to ?? last.to });
  }
}
