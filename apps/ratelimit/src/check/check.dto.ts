import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import {
  identifierPattern,
  limitAlgorithms,
  LimitCost,
  LimitSubject,
  limitUnits,
  Nested,
  type LimitAlgorithm,
  type LimitUnit,
} from '#contracts';

export class SubjectDto extends LimitSubject {
  @ApiPropertyOptional({ example: 'ann@example.org', maxLength: 256 })
  override user?: string;

  @ApiPropertyOptional({ description: 'Id of an API key.', maxLength: 256 })
  override key?: string;

  @ApiPropertyOptional({ example: 'gpt-4o-mini', maxLength: 256 })
  override model?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { region: 'eu' },
    description: 'Values of `custom.<name>` scopes.',
  })
  override custom?: Record<string, string>;
}

export class CostDto extends LimitCost {
  @ApiPropertyOptional({ example: 1, minimum: 0 })
  override requests?: number;

  @ApiPropertyOptional({ example: 0, minimum: 0, description: 'Input and output together, where only that is known.' })
  override tokens?: number;

  @ApiPropertyOptional({ minimum: 0 })
  override inputTokens?: number;

  @ApiPropertyOptional({ minimum: 0 })
  override outputTokens?: number;

  @ApiPropertyOptional({ example: 0, minimum: 0, description: 'Millionths of a dollar.' })
  override microUsd?: number;
}

/** Of a question over REST; the tenant is the key's own. */
export class QuestionBody {
  @ApiPropertyOptional({ description: 'Only an administrator may name another than the key’s own.' })
  @IsOptional()
  @Matches(identifierPattern)
  tenant?: string;

  @ApiPropertyOptional({
    example: 'requests-60-per-user-minute',
    description: 'Its limits; those that are assigned to the subject when left out.',
  })
  @IsOptional()
  @Matches(identifierPattern)
  policy?: string;

  @ApiPropertyOptional({ type: SubjectDto })
  @IsOptional()
  @Nested(() => SubjectDto)
  subject?: SubjectDto;
}

export class CheckBody extends QuestionBody {
  @ApiPropertyOptional({ type: CostDto, description: 'One request when left out.' })
  @IsOptional()
  @Nested(() => CostDto)
  cost?: CostDto;
}

export class UsageQuery {
  @ApiPropertyOptional({ description: 'Only an administrator may name another than the key’s own.' })
  @IsOptional()
  @Matches(identifierPattern)
  tenant?: string;

  @ApiPropertyOptional({ description: 'Its limits; those that are assigned to the subject when left out.' })
  @IsOptional()
  @Matches(identifierPattern)
  policy?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(256)
  user?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(256)
  key?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(256)
  model?: string;
}

export class LimitStateDto {
  @ApiProperty()
  policy: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ enum: limitUnits })
  unit: LimitUnit;

  @ApiProperty({ enum: limitAlgorithms })
  algorithm: LimitAlgorithm;

  @ApiProperty({ description: 'The capacity.' })
  limit: number;

  @ApiProperty({ description: 'Of a calendar window, its present length.' })
  windowSeconds: number;

  @ApiProperty()
  remaining: number;

  @ApiProperty({ description: 'Milliseconds until the limit is whole again, or its window ends.' })
  resetMs: number;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Milliseconds until this cost would be allowed; 0 when it is, null when it never fits.',
  })
  retryAfterMs: number | null;

  @ApiPropertyOptional({ description: 'Never a reason to refuse.' })
  shadow?: true;
}

export class VerdictDto {
  @ApiProperty()
  allowed: boolean;

  @ApiPropertyOptional({
    description: 'Of a denial: the failing limit that takes longest, or never fits; `block` for a blocked subject.',
  })
  binding?: string;

  @ApiProperty({ type: [LimitStateDto] })
  limits: readonly LimitStateDto[];

  @ApiPropertyOptional({ description: 'Decided without Redis, by the failure modes of the limits.' })
  degraded?: true;
}
