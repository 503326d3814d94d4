import { Type } from 'class-transformer';
import { IsInt, IsObject, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { identifierPattern } from '#contracts';

const userIdPattern = /^\P{Cc}{1,256}$/u;
const yearSeconds = 31_556_952;

/** What every request of the session API may say in its query; `Asked` reads it. */
export class AskedQuery {
  @ApiPropertyOptional({ description: 'The user on whose behalf; the header x-larder-user says the same' })
  @IsOptional()
  @IsString()
  userId?: string;

  @ApiPropertyOptional({ description: "Another tenant's; administrators only" })
  @IsOptional()
  @IsString()
  tenant?: string;
}

export class SessionPathDto {
  @ApiProperty({ example: '0198f3a17c2e7d3b9a51c0de5f00ba11', pattern: identifierPattern.source })
  @Matches(identifierPattern)
  sessionId: string;
}

export class MessagePathDto extends SessionPathDto {
  @ApiProperty({ example: '0198f3a17c2e7d3b9a51c0de5f00ba12', pattern: identifierPattern.source })
  @Matches(identifierPattern)
  messageId: string;
}

export class CreateSessionDto {
  @ApiPropertyOptional({ description: 'One is made when it is absent', pattern: identifierPattern.source })
  @IsOptional()
  @Matches(identifierPattern)
  id?: string;

  @ApiPropertyOptional({ description: 'Whose session it is; nobody else can reach it then' })
  @IsOptional()
  @Matches(userIdPattern, { message: 'userId must be 1 to 256 printable characters' })
  userId?: string;

  @ApiPropertyOptional({ description: 'Life without activity, in seconds; 3600 unless told', maximum: yearSeconds })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(yearSeconds)
  ttlSeconds?: number;

  @ApiPropertyOptional({ type: Object, description: 'At most 16 KiB as JSON' })
  @IsOptional()
  @IsObject()
  metadata?: Record<string, unknown>;
}

export class PatchSessionDto {
  @ApiPropertyOptional({ type: Object, description: 'Merged into what is there (RFC 7396); null removes a member' })
  @IsOptional()
  @IsObject()
  metadata?: Record<string, unknown>;

  @ApiPropertyOptional({ description: 'Life without activity, in seconds' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(yearSeconds)
  ttlSeconds?: number;
}

export class SessionDto {
  @ApiProperty({ example: '0198f3a17c2e7d3b9a51c0de5f00ba11' })
  id: string;

  @ApiProperty({ type: String, nullable: true, description: 'null: a session of nobody in particular' })
  userId: string | null;

  @ApiProperty({ type: Object })
  metadata: Record<string, unknown>;

  @ApiProperty({ example: 3600 })
  ttlSeconds: number;

  @ApiProperty({ example: '2026-01-31T12:00:00.000Z' })
  createdAt: string;

  @ApiProperty({ description: 'Of the last change' })
  updatedAt: string;

  @ApiProperty({ description: 'When it goes unless it changes before' })
  expiresAt: string;

  @ApiProperty({ description: 'The number of the last message; 0 when there is none' })
  lastSeq: number;

  @ApiProperty({ description: 'Without those that were deleted' })
  messageCount: number;
}

export class SessionPageQuery extends AskedQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  cursor?: string;

  @ApiPropertyOptional({ default: 20, maximum: 200 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit?: number;
}

export class SessionPageDto {
  @ApiProperty({ type: [SessionDto], description: 'The last active first' })
  data: SessionDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
