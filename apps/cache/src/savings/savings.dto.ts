import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, ValidateBy } from 'class-validator';
import { isAtMost, isWhole, parseDecimal, decimal } from './decimal.js';

interface Range {
  readonly max: number;
  readonly whole?: boolean;
}

/** A decimal number from 0, kept as the text that was sent: to read it as floating point would already round it. */
const IsDecimalUpTo = ({ max, whole = false }: Range) =>
  ValidateBy({
    name: 'isDecimalUpTo',
    validator: {
      validate(value) {
        const parsed = typeof value === 'string' ? parseDecimal(value) : undefined;
        return parsed !== undefined && isAtMost(parsed, decimal(max)) && (!whole || isWhole(parsed));
      },
      defaultMessage: () => `$property must be a ${whole ? 'whole ' : ''}number from 0 to ${max}`,
    },
  });

const requests = { max: 1_000_000_000, whole: true };
const tokens = { max: 1_000_000 };
const price = { max: 1_000 };
const number = { type: 'number', minimum: 0 } as const;

export class SavingsQueryDto {
  @ApiProperty({ ...number, type: 'integer', example: 10_000, maximum: requests.max })
  @IsDecimalUpTo(requests)
  requestsPerDay: string;

  @ApiProperty({ ...number, example: 0.7, maximum: 1, description: 'Share of requests that the cache answers.' })
  @IsDecimalUpTo({ max: 1 })
  hitRate: string;

  @ApiProperty({ ...number, example: 0.003, maximum: price.max, description: 'Dollars.' })
  @IsDecimalUpTo(price)
  pricePer1kTokens: string;

  @ApiProperty({ ...number, example: 500, maximum: tokens.max, description: 'On average, prompt and answer.' })
  @IsDecimalUpTo(tokens)
  tokensPerRequest: string;

  @ApiPropertyOptional({
    ...number,
    example: 0.00002,
    default: 0,
    maximum: price.max,
    description: 'Dollars; 0 for an embedder of your own.',
  })
  @IsOptional()
  @IsDecimalUpTo(price)
  embeddingPricePer1kTokens?: string;

  @ApiPropertyOptional({
    ...number,
    example: 50,
    maximum: tokens.max,
    description:
      "Tokens of the question alone; `tokensPerRequest` when left out, which overstates the embedder's part.",
  })
  @IsOptional()
  @IsDecimalUpTo(tokens)
  embeddingTokensPerRequest?: string;
}

const usd = (example: string, description?: string) => ({ example, description, pattern: '^-?\\d+\\.\\d{2}$' });
const net = 'Saved, less the cost of embedding every question; negative when that is more.';

/** Dollars with two decimals, each rounded once from the exact sum, a half up; a month has 30 days, a year 365. */
export class SavingsDto {
  @ApiProperty(usd('15.00', 'What the same requests cost without a cache.'))
  withoutCachePerDayUsd: string;

  @ApiProperty(usd('450.00'))
  withoutCachePerMonthUsd: string;

  @ApiProperty(usd('5475.00'))
  withoutCachePerYearUsd: string;

  @ApiProperty(usd('4.50'))
  paidPerDayUsd: string;

  @ApiProperty(usd('135.00'))
  paidPerMonthUsd: string;

  @ApiProperty(usd('1642.50'))
  paidPerYearUsd: string;

  @ApiProperty(usd('10.50'))
  savedPerDayUsd: string;

  @ApiProperty(usd('315.00'))
  savedPerMonthUsd: string;

  @ApiProperty(usd('3832.50'))
  savedPerYearUsd: string;

  @ApiProperty(usd('0.01'))
  embeddingPerDayUsd: string;

  @ApiProperty(usd('0.30'))
  embeddingPerMonthUsd: string;

  @ApiProperty(usd('3.65'))
  embeddingPerYearUsd: string;

  @ApiProperty(usd('10.49', net))
  netSavedPerDayUsd: string;

  @ApiProperty(usd('314.70', net))
  netSavedPerMonthUsd: string;

  @ApiProperty(usd('3828.85', net))
  netSavedPerYearUsd: string;

  @ApiProperty({ example: 4_500_000, description: 'Micro-dollars, rounded; exact below 9 × 10^15.' })
  paidPerDayMicroUsd: number;

  @ApiProperty({ example: 10_500_000, description: 'Micro-dollars, rounded; exact below 9 × 10^15.' })
  savedPerDayMicroUsd: number;

  @ApiProperty({ example: 3_000 })
  requestsPaidPerDay: number;

  @ApiProperty({ example: 7_000 })
  requestsSavedPerDay: number;

  @ApiProperty({ example: 3_500_000 })
  tokensSavedPerDay: number;
}
