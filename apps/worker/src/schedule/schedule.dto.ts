import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsObject, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { identifierPattern, jobPriorities, type JobPriority } from '#contracts';
import { missedPolicies, type MissedPolicy } from './cron.js';

export class SchedulePathDto {
  @ApiProperty({ example: 'nightly-warming' })
  @Matches(identifierPattern)
  name: string;
}

export class ScheduleOrderDto {
  @ApiProperty({ example: '30 2 * * *', description: 'Five fields, or six with seconds.' })
  @IsString()
  @MaxLength(128)
  cron: string;

  @ApiPropertyOptional({ example: 'Europe/Berlin', default: 'UTC' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  timeZone?: string;

  @ApiProperty({ example: 'cache-warm' })
  @Matches(identifierPattern)
  kind: string;

  @ApiProperty({ type: 'object', additionalProperties: true })
  @IsObject()
  payload: object;

  @ApiPropertyOptional()
  @IsOptional()
  @Matches(identifierPattern)
  queue?: string;

  @ApiPropertyOptional({ enum: jobPriorities, default: 'normal' })
  @IsOptional()
  @IsIn(jobPriorities)
  priority?: JobPriority;

  @ApiPropertyOptional({
    enum: missedPolicies,
    default: 'once',
    description:
      'What becomes of ticks more than a minute late: no job, one job for all of them, or one each (at most 100).',
  })
  @IsOptional()
  @IsIn(missedPolicies)
  missed?: MissedPolicy;

  @ApiPropertyOptional({ default: true })
  @IsOptional()
  @IsBoolean()
  enabled?: boolean;
}

export class NewScheduleDto extends ScheduleOrderDto {
  @ApiProperty({ example: 'nightly-warming' })
  @Matches(identifierPattern)
  name: string;
}

export class ScheduleQueryDto {
  @ApiPropertyOptional({ description: 'For admin keys: whose schedules.' })
  @IsOptional()
  @Matches(identifierPattern)
  tenant?: string;
}

export class ScheduleDto {
  @ApiProperty()
  name: string;

  @ApiProperty()
  cron: string;

  @ApiProperty()
  timeZone: string;

  @ApiProperty()
  kind: string;

  @ApiProperty({ type: 'object', additionalProperties: true })
  payload: object;

  @ApiProperty()
  queue: string;

  @ApiProperty({ enum: jobPriorities })
  priority: JobPriority;

  @ApiProperty({ enum: missedPolicies })
  missed: MissedPolicy;

  @ApiProperty()
  enabled: boolean;

  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  nextAt: string | null;
}

export class ScheduleListDto {
  @ApiProperty({ type: [ScheduleDto] })
  data: ScheduleDto[];
}
