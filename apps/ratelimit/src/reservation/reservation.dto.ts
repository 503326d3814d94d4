import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsDefined, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { CostEstimate, identifierPattern, Nested } from '#contracts';
import { PageQuery } from '#service';
import { CostDto, LimitStateDto, QuestionBody } from '../check/check.dto.js';

class TenantQuery {
  @ApiPropertyOptional({ description: 'Only an administrator may name another than the key’s own.' })
  @IsOptional()
  @Matches(identifierPattern)
  tenant?: string;
}

class EstimateDto extends CostEstimate {
  @ApiProperty({ example: 'gpt-4o-mini', maxLength: 256 })
  override model: string;

  @ApiProperty({ example: 120, minimum: 0 })
  override inputTokens: number;

  @ApiPropertyOptional({
    example: 1_000,
    minimum: 0,
    description: 'What the request allows; what the model’s answers were seen to need when left out.',
  })
  override maxOutputTokens?: number;

  @ApiPropertyOptional({ example: 0.15, minimum: 0, description: 'Dollars per million tokens.' })
  override inputPer1M?: number;

  @ApiPropertyOptional({ example: 0.6, minimum: 0, description: 'Dollars per million tokens.' })
  override outputPer1M?: number;
}

export class ReserveBody extends QuestionBody {
  @ApiPropertyOptional({
    pattern: identifierPattern.source,
    description: 'The same id reserves once, so that a call may be repeated; one is made when left out.',
  })
  @IsOptional()
  @Matches(identifierPattern)
  id?: string;

  @ApiPropertyOptional({
    type: CostDto,
    description: 'What to set aside: this or `estimate`; one request when both are left out.',
  })
  @IsOptional()
  @Nested(() => CostDto)
  cost?: CostDto;

  @ApiPropertyOptional({ type: EstimateDto, description: 'A call to a model, whose cost is estimated.' })
  @IsOptional()
  @Nested(() => EstimateDto)
  estimate?: EstimateDto;

  @ApiPropertyOptional({
    type: Number,
    default: 60,
    minimum: 1,
    maximum: 86_400,
    description: 'After so long without settling it ends as `keepOnExpiry` says.',
  })
  @IsInt()
  @Min(1)
  @Max(86_400)
  ttlSeconds = 60;

  @ApiPropertyOptional({
    default: false,
    description:
      'What was set aside stays taken when the time is over (the call may have been made); else it is given back.',
  })
  @IsOptional()
  @IsBoolean()
  keepOnExpiry?: boolean;
}

export class ReservationPathDto {
  @ApiProperty({ pattern: identifierPattern.source })
  @Matches(identifierPattern)
  id: string;
}

export class SettleBody extends TenantQuery {
  @ApiProperty({ type: CostDto, description: 'What it really cost; a unit that is left out cost nothing.' })
  @IsDefined()
  @Nested(() => CostDto)
  cost: CostDto;

  @ApiPropertyOptional({ default: false, description: 'True when nobody said what it cost.' })
  @IsOptional()
  @IsBoolean()
  estimated?: boolean;
}

export class CancelQuery extends TenantQuery {}

export class ListReservationsQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Only an administrator may name another than the key’s own.' })
  @IsOptional()
  @Matches(identifierPattern)
  tenant?: string;
}

export class ReservedDto {
  @ApiProperty({ pattern: identifierPattern.source })
  id: string;

  @ApiProperty()
  allowed: boolean;

  @ApiPropertyOptional({ format: 'date-time', description: 'Absent when denied, and where no limit applies.' })
  expiresAt?: string;

  @ApiProperty({ type: CostDto, description: 'What is set aside.' })
  reserved: CostDto;

  @ApiPropertyOptional({ description: 'Of a denial: the failing limit that takes longest, or never fits.' })
  binding?: string;

  @ApiProperty({ type: [LimitStateDto] })
  limits: readonly LimitStateDto[];

  @ApiPropertyOptional({
    description: 'Decided without Redis, by the failure modes of the limits; nothing is set aside.',
  })
  degraded?: true;
}

export class SettledDto {
  @ApiProperty({ description: 'False: there is no such reservation, or it has ended before.' })
  settled: boolean;

  @ApiProperty({ type: [LimitStateDto] })
  limits: readonly LimitStateDto[];
}

export class OutstandingReservationDto {
  @ApiProperty({ pattern: identifierPattern.source })
  id: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt: string;

  @ApiProperty({ type: CostDto })
  reserved: CostDto;

  @ApiPropertyOptional()
  policy?: string;

  @ApiPropertyOptional()
  model?: string;

  @ApiProperty()
  keepOnExpiry: boolean;
}

export class OutstandingPageDto {
  @ApiProperty({ type: [OutstandingReservationDto] })
  data: readonly OutstandingReservationDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
