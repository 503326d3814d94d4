import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ServiceError } from '#contracts';
import { CurrentPrincipal, Roles, validation, type Principal } from '#service';
import { CachePathDto } from '../cache-path.dto.js';
import type { Objective } from './choose-threshold.js';
import { TuneDto, TuningDto } from './thresholds.dto.js';
import { ThresholdsService } from './thresholds.service.js';

/** Of `objective: 'precision'` without a number: the goal of the quality report. */
const usualPrecision = 0.99;

const pairs = [
  { a: 'How do I reset my password?', b: 'how can i reset my pasword', same: true },
  { a: 'Cancel my order', b: "Don't cancel my order", same: false },
];

@ApiTags('caches')
@ApiBearerAuth()
@Controller('v1/caches/:cacheId/thresholds')
export class ThresholdsController {
  constructor(private readonly thresholds: ThresholdsService) {}

  @Post('tune')
  @Roles('cache:read', 'cache:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'The best threshold by labelled pairs, with the whole curve of precision and recall',
    description:
      "With the cache's own embedder, with its guards and without. Pairs that look like what your users ask are worth more than many.",
  })
  @ApiBody({
    type: TuneDto,
    examples: {
      'best F1': { value: { pairs } },
      'a precision, and make it so': { value: { pairs, targetPrecision: 0.99, bound: 'low', apply: true } },
    },
  })
  @ApiOkResponse({ type: TuningDto })
  @ApiResponse({ status: 424, description: 'The embedder does not answer.' })
  @ApiResponse({ status: 429, description: 'Another tuning is running.' })
  async tune(
    @CurrentPrincipal() { tenant, roles }: Principal,
    @Param(validation) { cacheId }: CachePathDto,
    @Body(validation) wanted: TuneDto,
  ): Promise<TuningDto> {
    const apply = wanted.apply === true;
    if (apply && !roles.includes('cache:write') && !roles.includes('admin')) {
      throw new ServiceError('forbidden', 'To apply a threshold the API key needs the role cache:write');
    }
    return this.thresholds.tune({ tenant, cacheId }, { pairs: wanted.pairs, objective: objectiveOf(wanted), apply });
  }
}

function objectiveOf({ objective, targetPrecision, bound }: TuneDto): Objective {
  const isF1 = objective === 'f1' || (objective === undefined && typeof targetPrecision !== 'number');
  if (isF1 && typeof targetPrecision === 'number') {
    throw new ServiceError('invalid_request', 'targetPrecision is not for the objective f1', {
      param: 'targetPrecision',
    });
  }
  return { bound: bound ?? 'value', ...(!isF1 && { targetPrecision: targetPrecision ?? usualPrecision }) };
}
