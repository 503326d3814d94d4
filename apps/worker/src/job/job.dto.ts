import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsISO8601,
  IsObject,
  IsOptional,
  IsIn,
  IsInt,
  IsString,
  IsUrl,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import {
  furthestMs,
  hex128Pattern,
  identifierPattern,
  jobPriorities,
  jobStatuses,
  Nested,
  type AttemptNote,
  type JobPriority,
  type JobStatus,
  type ListedJob,
} from '#contracts';

const time = { type: 'integer', minimum: 1, maximum: furthestMs } as const;

export class SubmitJobDto {
  @ApiProperty({ example: 'chat', description: 'One of the kinds that the worker knows.' })
  @Matches(identifierPattern)
  kind: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { body: { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello' }] } },
    description: 'As the kind describes it; at most 4 MiB.',
  })
  @IsObject()
  payload: object;

  @ApiPropertyOptional({ example: 'default', description: "Absent: the kind's own queue." })
  @IsOptional()
  @Matches(identifierPattern)
  queue?: string;

  @ApiPropertyOptional({ enum: jobPriorities, default: 'normal' })
  @IsOptional()
  @IsIn(jobPriorities)
  priority?: JobPriority;

  @ApiPropertyOptional({ ...time, minimum: 0, description: 'Milliseconds before it may begin.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(furthestMs)
  delayMs?: number;

  @ApiPropertyOptional({ format: 'date-time', description: 'Instead of delayMs: when it may begin; not in the past.' })
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  runAt?: string;

  @ApiPropertyOptional({
    ...time,
    description: 'It must have begun by then, in milliseconds from now, or fails unbegun.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(furthestMs)
  waitDeadlineMs?: number;

  @ApiPropertyOptional({ ...time, description: 'How long one attempt may take; absent: as the kind says.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(furthestMs)
  attemptTimeoutMs?: number;

  @ApiPropertyOptional({ ...time, description: 'The whole job, every attempt included, must have ended by then.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(furthestMs)
  deadlineMs?: number;

  @ApiPropertyOptional({
    description: 'While a job with this key has not ended, no other is made: the answer names the first.',
  })
  @IsOptional()
  @IsString()
  @Length(1, 256)
  dedupKey?: string;

  @ApiPropertyOptional({ example: 'https://example.com/hooks', description: 'Told when the job has ended.' })
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  @MaxLength(2_048)
  webhook?: string;

  @ApiPropertyOptional({
    description: 'For whom; absent: whom `x-larder-user` or the payload names. It is erased with them.',
  })
  @IsOptional()
  @Matches(/^\P{Cc}{1,256}$/u, { message: 'userId must be 1 to 256 printable characters' })
  userId?: string;
}

export class SubmitJobsDto {
  @ApiProperty({ type: [SubmitJobDto], minItems: 1, maxItems: 1_000 })
  @Nested(() => SubmitJobDto, { each: true })
  jobs: SubmitJobDto[];
}

export class JobPathDto {
  @ApiProperty({ example: '0197a1b2c3d47e5f8a9b0c1d2e3f4a5b' })
  @Matches(hex128Pattern, { message: 'id must be a job id: 32 hexadecimal digits' })
  id: string;
}

export class SubmittedJobDto {
  @ApiProperty()
  id: string;

  @ApiProperty({ enum: jobStatuses })
  status: JobStatus;

  @ApiProperty({ description: 'An earlier order with the same key has made it.' })
  repeated: boolean;
}

export class SubmittedJobsDto {
  @ApiProperty({ type: [SubmittedJobDto] })
  data: SubmittedJobDto[];
}

class JobErrorDto {
  @ApiProperty({ example: 'deadline_exceeded' })
  code: string;

  @ApiProperty()
  message: string;
}

class AttemptNoteDto implements AttemptNote {
  @ApiProperty()
  attempt: number;

  @ApiProperty({ format: 'date-time' })
  at: string;

  @ApiProperty({ example: 'worker_lost' })
  code: string;

  @ApiProperty()
  message: string;
}

export class JobListQueryDto {
  @ApiPropertyOptional({ enum: jobStatuses })
  @IsOptional()
  @IsIn(jobStatuses)
  status?: JobStatus;

  @ApiPropertyOptional({ example: 'chat' })
  @IsOptional()
  @Matches(identifierPattern)
  kind?: string;

  @ApiPropertyOptional({ example: 'default' })
  @IsOptional()
  @Matches(identifierPattern)
  queue?: string;

  @ApiPropertyOptional({ description: 'nextCursor of the page before.' })
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

export class ListedJobDto implements ListedJob {
  @ApiProperty()
  id: string;

  @ApiProperty()
  kind: string;

  @ApiProperty()
  queue: string;

  @ApiProperty({ enum: jobStatuses })
  status: JobStatus;

  @ApiProperty({ enum: jobPriorities })
  priority: JobPriority;

  @ApiProperty({ description: 'Attempts begun; those given back by a shutdown or told to wait do not count.' })
  attempts: number;

  @ApiProperty({ nullable: true, type: 'object', additionalProperties: true, example: { done: 3, total: 10 } })
  progress: unknown;

  @ApiProperty({ nullable: true, type: JobErrorDto })
  error: JobErrorDto | null;

  @ApiProperty({ example: '4bf92f3577b34da6a3ce929d0e0e4736', description: 'W3C trace id of all that it causes.' })
  traceId: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time', nullable: true })
  endedAt: string | null;
}

export class JobDto extends ListedJobDto {
  @ApiProperty({ nullable: true, type: 'object', additionalProperties: true })
  result: unknown;

  @ApiProperty({ type: [AttemptNoteDto], description: 'The last attempts that failed.' })
  history: readonly AttemptNoteDto[];
}

export class JobListDto {
  @ApiProperty({ type: [ListedJobDto] })
  data: readonly ListedJobDto[];

  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}
