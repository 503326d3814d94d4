import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsNumber, IsOptional, Max, Min, ValidateBy } from 'class-validator';
import type { CurvePoint, Share } from './curve.js';
import { faultOfPairs, fewestPairs, longestQuestion, mostPairs, type LabelledPair } from './tuning-pairs.js';

const objectives = ['f1', 'precision'] as const;
const bounds = ['value', 'low'] as const;
const questions = { minLength: 1, maxLength: longestQuestion };

export class LabelledPairDto implements LabelledPair {
  @ApiProperty({ ...questions, example: 'How do I reset my password?' })
  a: string;

  @ApiProperty({ ...questions, example: 'I forgot my password, how can I set a new one?' })
  b: string;

  @ApiProperty({ example: true, description: 'One answer fits both.' })
  same: boolean;
}

export class TuneDto {
  @ApiProperty({ type: [LabelledPairDto], minItems: fewestPairs, maxItems: mostPairs, description: 'Of both kinds.' })
  @ValidateBy({
    name: 'arePairs',
    validator: {
      validate: (pairs) => faultOfPairs(pairs) === undefined,
      defaultMessage: (args) => faultOfPairs(args?.value) ?? '',
    },
  })
  pairs: LabelledPairDto[];

  @ApiPropertyOptional({
    example: 0.99,
    minimum: 0,
    maximum: 1,
    description: 'Least share of right hits among hits, above 0; as many right hits as possible are then sought.',
  })
  @IsOptional()
  @IsNumber()
  @Min(Number.MIN_VALUE, { message: 'targetPrecision must be greater than 0' })
  @Max(1)
  targetPrecision?: number;

  @ApiPropertyOptional({
    enum: objectives,
    description: '`f1` unless `targetPrecision` is given; `precision` alone aims at 0.99.',
  })
  @IsOptional()
  @IsIn(objectives)
  objective?: (typeof objectives)[number];

  @ApiPropertyOptional({
    enum: bounds,
    default: 'value',
    description:
      '`low`: the lower end of the 95 % interval must reach the precision, so that a few lucky pairs do not.',
  })
  @IsOptional()
  @IsIn(bounds)
  bound?: (typeof bounds)[number];

  @ApiPropertyOptional({
    default: false,
    description: "Makes the best threshold the cache's own, if there is one; needs the role `cache:write`.",
  })
  @IsOptional()
  @IsBoolean()
  apply?: boolean;
}

class ShareDto implements Share {
  @ApiProperty({ example: 0.995 })
  value: number;

  @ApiProperty({ example: 0.972, description: 'Lower end of the 95 % interval (Wilson 1927).' })
  low: number;

  @ApiProperty({ example: 0.999, description: 'Upper end.' })
  high: number;
}

class CurvePointDto implements CurvePoint {
  @ApiProperty({ example: 0.83, description: 'Similarity, 0 to 1.' })
  threshold: number;

  @ApiProperty({ example: 193 })
  rightHits: number;

  @ApiProperty({ example: 1 })
  wrongHits: number;

  @ApiProperty({ type: ShareDto, nullable: true, description: 'Null where nothing is a hit.' })
  precision: ShareDto | null;

  @ApiProperty({ type: ShareDto })
  recall: ShareDto;

  @ApiProperty({ example: 0.91 })
  f1: number;
}

class TunedDto {
  @ApiProperty({ type: CurvePointDto, nullable: true, description: 'Null when no threshold reaches the objective.' })
  best: CurvePointDto | null;

  @ApiProperty({ type: CurvePointDto, description: 'What the present threshold of the cache does.' })
  present: CurvePointDto;

  @ApiProperty({ type: [CurvePointDto], description: 'From loose to strict, wherever something changes.' })
  curve: CurvePointDto[];
}

export class TuningDto {
  @ApiProperty({ example: 0.83, nullable: true, type: Number, description: 'The best with guards; null when none is.' })
  threshold: number | null;

  @ApiProperty({ example: 0.8, description: 'What the cache had until now.' })
  presentThreshold: number;

  @ApiProperty({ example: false })
  applied: boolean;

  @ApiProperty({ example: 240 })
  samePairs: number;

  @ApiProperty({ example: 360 })
  otherPairs: number;

  @ApiProperty({ type: TunedDto, description: 'With the guards that the cache has on.' })
  withGuards: TunedDto;

  @ApiProperty({ type: TunedDto })
  withoutGuards: TunedDto;
}
