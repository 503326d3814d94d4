import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, Roles, validation, type Principal } from '#service';
import { CachePathDto } from '../cache-path.dto.js';
import { InvalidatedDto, InvalidateDto } from './catalogue.dto.js';
import { CatalogueService } from './catalogue.service.js';

@ApiTags('caches')
@ApiBearerAuth()
@Controller('v1/caches/:cacheId')
export class CatalogueController {
  constructor(private readonly catalogue: CatalogueService) {}

  @Post('invalidate')
  @Roles('cache:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Deletes entries by tag, attributes, model or writer',
    description:
      'Exactly one of the members. Every replica follows within a second, also for answers whose upstream call had begun before.',
  })
  @ApiBody({
    type: InvalidateDto,
    examples: {
      tag: { value: { tag: 'handbook-2026.pdf' } },
      attributes: { value: { attributes: { locale: 'en', product: 'router' } } },
      model: { value: { model: 'gpt-4o-mini' } },
      writer: { value: { writer: 'k1' } },
    },
  })
  @ApiOkResponse({ type: InvalidatedDto })
  @ApiResponse({ status: 400, description: 'None of the members, or more than one.' })
  async invalidate(
    @CurrentPrincipal() { tenant }: Principal,
    @Param(validation) { cacheId }: CachePathDto,
    @Body(validation) selection: InvalidateDto,
  ): Promise<InvalidatedDto> {
    return { deletedEntriesCount: await this.catalogue.invalidate({ ...selection, tenant, cacheId }) };
  }
}
