import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import type { CacheCounts, CacheStatistics } from '#contracts';

const dayPattern = /^\d{4}-\d{2}-\d{2}$/;

/** Which days; the last 30 when left out. */
export class StatisticsQueryDto {
  @ApiPropertyOptional({ example: '2026-11-01', description: 'First day, UTC, included.' })
  @IsOptional()
  @Matches(dayPattern)
  from?: string;

  @ApiPropertyOptional({ example: '2026-11-30', description: 'Last day, UTC, included.' })
  @IsOptional()
  @Matches(dayPattern)
  to?: string;
}

export class CacheCountsDto implements CacheCounts {
  @ApiProperty({ example: 7000 })
  hitsExact: number;

  @ApiProperty({ example: 0 })
  hitsSemantic: number;

  @ApiProperty({ example: 3, description: 'Of those hits, answers that had expired.' })
  hitsStale: number;

  @ApiProperty({ example: 0, description: 'What shadow mode would have served; none of them is a hit.' })
  shadowHitsExact: number;

  @ApiProperty({ example: 0 })
  shadowHitsSemantic: number;

  @ApiProperty({ example: 12, description: "Misses that were told to await another request's upstream call." })
  coalesced: number;

  @ApiProperty({ example: 2988 })
  stores: number;

  @ApiProperty({
    example: { absent: 2990, 'too-old': 10 },
    description: 'By reason.',
    additionalProperties: { type: 'integer' },
    type: 'object',
  })
  misses: Record<string, number>;

  @ApiProperty({ example: 3500000 })
  tokensSaved: number;

  @ApiProperty({ example: 10500000, description: 'Micro-dollars.' })
  savedMicroUsd: number;

  @ApiProperty({ example: '10.500000', description: 'Dollars.' })
  savedUsd: string;

  @ApiProperty({ example: 1200, description: 'Micro-dollars that embedding questions cost, where that was counted.' })
  embeddingMicroUsd: number;

  @ApiProperty({ example: 10498800, description: 'Saved, less the cost of embedding; negative when that is more.' })
  netSavedMicroUsd: number;

  @ApiProperty({ example: '10.498800', description: 'Dollars.' })
  netSavedUsd: string;

  @ApiProperty({ example: 8400000, description: 'Milliseconds of upstream calls that hits spared.' })
  timeSavedMs: number;
}

const countsByName = { type: 'object', additionalProperties: { $ref: getSchemaPath(CacheCountsDto) } } as const;

@ApiExtraModels(CacheCountsDto)
export class CacheStatisticsDto extends CacheCountsDto implements CacheStatistics {
  @ApiProperty({ example: '2026-11-01' })
  from: string;

  @ApiProperty({ example: '2026-11-30' })
  to: string;

  @ApiProperty({ ...countsByName, description: 'Days without any use are left out.' })
  byDay: Record<string, CacheCountsDto>;

  @ApiProperty({ ...countsByName, description: 'At most 200 models a day; the others are counted as `other`.' })
  byModel: Record<string, CacheCountsDto>;
}
