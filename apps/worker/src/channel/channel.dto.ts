import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsDefined,
  IsInt,
  IsOptional,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { identifierPattern } from '#contracts';
import { messageIdPattern } from './channel-message.js';

const memberPattern = /^[A-Za-z0-9_.@:-]{1,128}$/;

export class ChannelPathDto {
  @ApiProperty({ pattern: identifierPattern.source })
  @Matches(identifierPattern)
  name: string;
}

export class MemberPathDto extends ChannelPathDto {
  @ApiProperty({ pattern: memberPattern.source })
  @Matches(memberPattern)
  member: string;
}

export class PublishDto {
  @ApiProperty({ description: 'Any JSON value', example: { text: 'step 1 is done' } })
  @IsDefined()
  data: unknown;

  @ApiPropertyOptional({ description: 'Name of the SSE event', default: 'message', pattern: '^[A-Za-z0-9_.-]{1,64}$' })
  @IsOptional()
  @Matches(/^[A-Za-z0-9_.-]{1,64}$/)
  type?: string;

  @ApiPropertyOptional({ description: 'Who says it, by its own account' })
  @IsOptional()
  @Matches(memberPattern)
  from?: string;

  @ApiPropertyOptional({ description: 'Id of the request that this answers', example: '1795270000000-0' })
  @IsOptional()
  @Matches(messageIdPattern)
  inReplyTo?: string;
}

export class AskDto {
  @ApiProperty({ description: 'Any JSON value' })
  @IsDefined()
  data: unknown;

  @ApiPropertyOptional({ default: 'request', pattern: '^[A-Za-z0-9_.-]{1,64}$' })
  @IsOptional()
  @Matches(/^[A-Za-z0-9_.-]{1,64}$/)
  type?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @Matches(memberPattern)
  from?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 60_000, default: 10_000 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(60_000)
  timeoutMs?: number;
}

export class PublishedDto {
  @ApiProperty({ example: '1795270000000-0' })
  id: string;
}

export class MessageDto extends PublishedDto {
  @ApiProperty()
  data: unknown;

  @ApiPropertyOptional()
  type?: string;

  @ApiPropertyOptional()
  from?: string;

  @ApiProperty({ description: 'Key that published it' })
  keyId: string;

  @ApiPropertyOptional()
  inReplyTo?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Until when somebody waits for an answer' })
  replyBefore?: string;

  @ApiProperty({ format: 'date-time' })
  publishedAt: string;
}

export class AnsweredDto extends PublishedDto {
  @ApiProperty({ type: MessageDto })
  reply: MessageDto;
}

export class MessagePageDto {
  @ApiProperty({ type: [MessageDto], description: 'The latest first' })
  data: MessageDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

export class FollowQueryDto {
  @ApiPropertyOptional({ description: 'As the header Last-Event-ID; 0-0 for everything that is kept' })
  @IsOptional()
  @Matches(messageIdPattern)
  lastEventId?: string;

  @ApiPropertyOptional({ description: 'Who is present while this stream is open' })
  @IsOptional()
  @Matches(memberPattern)
  member?: string;
}

export class PresenceDto {
  @ApiProperty({ pattern: memberPattern.source })
  @Matches(memberPattern)
  member: string;

  @ApiPropertyOptional({ description: 'What the member says of itself; any JSON value' })
  @IsOptional()
  about?: unknown;

  @ApiPropertyOptional({ minimum: 1, maximum: 3600, default: 30 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(3_600)
  ttlSeconds?: number;
}

export class PresentDto {
  @ApiProperty()
  member: string;

  @ApiProperty()
  about: unknown;

  @ApiProperty({ format: 'date-time' })
  until: string;
}

export class PresentListDto {
  @ApiProperty({ type: [PresentDto] })
  data: PresentDto[];
}

export class RetentionDto {
  @ApiPropertyOptional({ minimum: 1, maximum: 100_000, default: 1_000 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100_000)
  messages?: number;

  @ApiPropertyOptional({ minimum: 1, maximum: 2_592_000, default: 3_600 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(2_592_000)
  seconds?: number;
}

export class ChannelSettingsDto {
  @ApiPropertyOptional({ type: RetentionDto })
  @IsOptional()
  @ValidateNested()
  @Type(() => RetentionDto)
  retention?: RetentionDto;

  @ApiPropertyOptional({ type: [String], description: 'Ids of the keys that may publish; absent: all with the role' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(1_000)
  @Matches(identifierPattern, { each: true })
  publishers?: string[];

  @ApiPropertyOptional({ type: [String], description: 'Ids of the keys that may read; absent: all with the role' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(1_000)
  @Matches(identifierPattern, { each: true })
  subscribers?: string[];
}

export class OfTenantQueryDto {
  @ApiPropertyOptional({ description: "The caller's own unless told" })
  @IsOptional()
  @Matches(identifierPattern)
  tenant?: string;
}
