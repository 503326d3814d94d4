import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import {
  calendarPeriods,
  identifierPattern,
  limitAlgorithms,
  LimitDefinition,
  limitFailureModes,
  LimitPolicyMembers,
  limitUnits,
  Nested,
  outputEstimators,
  type CalendarPeriod,
  type LimitAlgorithm,
  type LimitFailureMode,
  type LimitUnit,
  type OutputEstimator,
} from '#contracts';

class LimitDto extends LimitDefinition {
  @ApiProperty({ example: 'requests-per-minute', pattern: identifierPattern.source })
  override name: string;

  @ApiProperty({
    type: [String],
    example: ['user'],
    description:
      'Who shares one counter: `global`, `tenant`, `user`, `key`, `model`, `custom.<name>`, or several for each combination of them.',
  })
  override scope: string[];

  @ApiProperty({ enum: limitUnits, example: 'requests', description: '`microUsd`: millionths of a dollar.' })
  override unit: LimitUnit;

  @ApiProperty({ enum: limitAlgorithms, example: 'token-bucket' })
  override algorithm: LimitAlgorithm;

  @ApiProperty({
    example: 60,
    minimum: 1,
    description: 'How much a window admits; of `concurrency`, how many at once.',
  })
  override capacity: number;

  @ApiPropertyOptional({
    example: 60,
    minimum: 1,
    description:
      'Of every algorithm but `calendar-window`; of `concurrency`, how long a place is kept unless released.',
  })
  override windowSeconds?: number;

  @ApiPropertyOptional({ minimum: 1, description: 'Of `token-bucket`: how much may come at once.' })
  override burst?: number;

  @ApiPropertyOptional({ enum: calendarPeriods, description: 'Of `calendar-window`.' })
  override period?: CalendarPeriod;

  @ApiPropertyOptional({ example: 'Europe/Berlin', default: 'UTC', description: 'Of `calendar-window`.' })
  override timeZone?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'number', minimum: 0, maximum: 1_000 },
    example: { 'gpt-4*': 10, '*-mini': 0.5 },
    description: 'Cost by model: globs to factors; the first that fits counts.',
  })
  override weights?: Record<string, number>;

  @ApiPropertyOptional({ default: false, description: 'Counted and reported, never a reason to refuse.' })
  override shadow?: boolean;

  @ApiPropertyOptional({
    enum: limitFailureModes,
    description: 'While Redis is away; `closed` for money and `local` for everything else when left out.',
  })
  override onRedisFailure?: LimitFailureMode;
}

/** What `PUT /v1/limits/policies/{name}` sets. */
class PolicyMembersDto extends LimitPolicyMembers {
  @ApiProperty({ type: [LimitDto] })
  @Nested(() => LimitDto, { each: true })
  override limits: LimitDto[];

  @ApiPropertyOptional({
    enum: outputEstimators,
    default: 'max-tokens',
    description: 'What a call is taken to write before it is known: what it may, or what the model usually does.',
  })
  override outputEstimator?: OutputEstimator;

  @ApiPropertyOptional({ default: true, description: 'Whether a denial may be repeated without asking Redis.' })
  override denyCache?: boolean;

  @ApiPropertyOptional({
    default: 0.8,
    minimum: 0,
    maximum: 1,
    description: 'From which part of its capacity on a limit counts as nearly reached.',
  })
  override nearLimit?: number;
}

export class PolicyDto extends PolicyMembersDto {
  @ApiProperty({ example: 'gold' })
  name: string;
}

export class PolicyBody extends PolicyMembersDto {
  @ApiPropertyOptional({ description: 'As in the path; an answer of this API can be sent back as it came.' })
  @IsOptional()
  @Matches(identifierPattern)
  name?: string;
}

/** The policy that a path names. */
export class PolicyPathDto {
  @ApiProperty({ example: 'gold', pattern: identifierPattern.source })
  @Matches(identifierPattern)
  name: string;
}

export class PolicyPageDto {
  @ApiProperty({ type: [PolicyDto] })
  data: PolicyDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
