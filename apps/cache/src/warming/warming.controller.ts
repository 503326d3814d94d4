import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OmitType } from '@nestjs/swagger';
import { WarmCachePayload } from '#contracts';
import { CurrentPrincipal, Roles, validation, type Principal } from '#service';
import { CachePathDto } from '../cache-path.dto.js';
import { WarmingService, type WarmingJob } from './warming.service.js';

class WarmDto extends OmitType(WarmCachePayload, ['cacheId']) {}

/** Fills a cache before anybody asks. */
@ApiTags('caches')
@ApiBearerAuth()
@Controller('v1/caches')
export class WarmingController {
  constructor(private readonly warming: WarmingService) {}

  @Post(':cacheId/warm')
  @HttpCode(202)
  @Roles('cache:write')
  @ApiOperation({
    summary: 'Asks a list of prompts in the background; GET /v1/jobs/{id} tells how far it is, …/output what failed',
  })
  @ApiBody({
    schema: {
      type: 'object',
      required: ['model', 'prompts'],
      properties: {
        model: { type: 'string', example: 'gpt-4o-mini' },
        prompts: { type: 'array', items: { type: 'string' }, example: ['What is your return policy?'] },
        system: { type: 'string', description: 'The system prompt that applications send' },
        concurrency: { type: 'integer', minimum: 1, maximum: 32, default: 4 },
        options: { type: 'object', example: { 'x-larder-locale': 'de' }, description: 'What headers would say' },
      },
    },
  })
  @ApiAcceptedResponse({
    schema: { type: 'object', properties: { id: { type: 'string' }, status: { type: 'string' } } },
  })
  warm(
    @CurrentPrincipal() principal: Principal,
    @Param(validation) { cacheId }: CachePathDto,
    @Body(validation) wanted: WarmDto,
  ): Promise<WarmingJob> {
    return this.warming.begin(principal, { ...wanted, cacheId });
  }
}
