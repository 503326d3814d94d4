import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, Roles, validation, type Principal } from '#service';
import { CachePathDto } from '../cache-path.dto.js';
import { CacheDto, CacheListDto, CachePolicyDto } from './policy.dto.js';
import { PolicyService } from './policy.service.js';

@ApiTags('caches')
@ApiBearerAuth()
@Controller('v1/caches')
export class CachePolicyController {
  constructor(private readonly policies: PolicyService) {}

  @Get()
  @Roles('cache:read')
  @ApiOperation({ summary: 'Every cache that the configuration file or this API has set' })
  @ApiOkResponse({ type: CacheListDto })
  async list(@CurrentPrincipal() { tenant }: Principal): Promise<CacheListDto> {
    return { data: await this.policies.list(tenant) };
  }

  @Get(':cacheId')
  @Roles('cache:read')
  @ApiOperation({ summary: "A cache's settings; one that nobody has set has the defaults" })
  @ApiOkResponse({ type: CacheDto })
  async read(
    @CurrentPrincipal() { tenant }: Principal,
    @Param(validation) { cacheId }: CachePathDto,
  ): Promise<CacheDto> {
    return { cacheId, ...(await this.policies.read({ tenant, cacheId })) };
  }

  @Put(':cacheId')
  @Roles('cache:write')
  @ApiOperation({ summary: "Replaces a cache's settings; every replica follows within a second" })
  @ApiOkResponse({ type: CacheDto })
  async write(
    @CurrentPrincipal() { tenant }: Principal,
    @Param(validation) { cacheId }: CachePathDto,
    @Body(validation) policy: CachePolicyDto,
  ): Promise<CacheDto> {
    return { cacheId, ...(await this.policies.write({ tenant, cacheId }, policy)) };
  }
}
