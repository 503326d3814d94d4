import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { hex128Pattern, identifierPattern } from '#contracts';
import { JobDto } from '../job/job.dto.js';

export class TenantQueryDto {
  @ApiPropertyOptional({ description: 'For admin keys: whose jobs; absent: those of all tenants together.' })
  @IsOptional()
  @Matches(identifierPattern)
  tenant?: string;
}

export class QueuePathDto {
  @ApiProperty({ example: 'default' })
  @Matches(identifierPattern)
  name: string;
}

export class DeadLetterPathDto extends QueuePathDto {
  @ApiProperty()
  @Matches(hex128Pattern, { message: 'id must be a job id: 32 hexadecimal digits' })
  id: string;
}

export class DeadLetterQueryDto extends TenantQueryDto {
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(200)
  cursor?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 100, default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit?: number;
}

export class QueueDto {
  @ApiProperty()
  name: string;

  @ApiProperty({ description: 'Nothing of it starts.' })
  paused: boolean;

  @ApiProperty()
  waiting: number;

  @ApiProperty({
    nullable: true,
    type: Number,
    description: 'Jobs for later; null where only one tenant is asked for.',
  })
  delayed: number | null;

  @ApiProperty()
  active: number;

  @ApiProperty()
  dead: number;

  @ApiProperty({ description: 'Jobs that one process runs at a time.' })
  concurrency: number;

  @ApiProperty({ description: 'Jobs of one tenant that run at a time, in all processes together; 0: any number.' })
  tenantInFlight: number;

  @ApiProperty({ description: 'Jobs of one tenant that may wait.' })
  tenantWaiting: number;

  @ApiProperty()
  shards: number;
}

export class QueueListDto {
  @ApiProperty({ type: [QueueDto] })
  data: QueueDto[];
}

export class DeadLettersDto {
  @ApiProperty({ type: [JobDto] })
  data: readonly JobDto[];

  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}

export class ReplayedDto {
  @ApiProperty({ example: 3 })
  replayed: number;
}

export class PurgedDto {
  @ApiProperty({ example: 3 })
  purged: number;
}
