import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles, validation } from '#service';
import { decimal, parseDecimal, type Decimal } from './decimal.js';
import { SavingsDto, SavingsQueryDto } from './savings.dto.js';
import { savings } from './savings.js';

@ApiTags('planning')
@ApiBearerAuth()
@Controller('v1/savings')
export class SavingsController {
  @Get()
  @Roles('cache:read')
  @ApiOperation({ summary: 'What a cache with this hit rate saves, in money, requests and tokens' })
  @ApiOkResponse({ type: SavingsDto })
  calculate(@Query(validation) query: SavingsQueryDto): SavingsDto {
    const { embeddingPricePer1kTokens = '0', embeddingTokensPerRequest = query.tokensPerRequest } = query;
    return savings({
      requestsPerDay: number(query.requestsPerDay),
      hitRate: number(query.hitRate),
      pricePer1kTokens: number(query.pricePer1kTokens),
      tokensPerRequest: number(query.tokensPerRequest),
      embeddingPricePer1kTokens: number(embeddingPricePer1kTokens),
      embeddingTokensPerRequest: number(embeddingTokensPerRequest),
    });
  }
}

/** The validation has admitted nothing else. */
const number = (text: string): Decimal => parseDecimal(text) ?? decimal(0);
