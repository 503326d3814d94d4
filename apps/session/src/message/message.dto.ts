import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsDefined,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { maxAppended, messageRoles, messageStatuses, type MessageRole, type MessageStatus } from '#contracts';
import { ContextWishDto, SessionContextDto } from '../context/context.dto.js';
import { AskedQuery } from '../conversation/conversation.dto.js';

const exampleMessages = [
  { id: 'turn-1-question', role: 'user', content: 'What is a semantic cache?' },
  { role: 'assistant', content: 'One that answers by meaning.' },
];

export class AppendMessagesDto {
  @ApiProperty({
    type: [Object],
    example: exampleMessages,
    description: "Messages as OpenAI's chat API takes them, with an id of the writer's own and metadata beside",
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(maxAppended)
  @IsObject({ each: true })
  messages: Record<string, unknown>[];

  @ApiPropertyOptional({ description: 'The number of the last message that the writer knows; 409 when it is another' })
  @IsOptional()
  @IsInt()
  @Min(0)
  expectedSeq?: number;

  @ApiPropertyOptional({
    type: ContextWishDto,
    description: 'Answered by what fits the model with these messages, as from `…/context`: one call for both',
  })
  @IsOptional()
  @ValidateNested()
  @Type(() => ContextWishDto)
  context?: ContextWishDto;
}

export class AppendedMessageDto {
  @ApiProperty()
  id: string;

  @ApiProperty({ description: 'From 1, without gaps' })
  seq: number;

  @ApiProperty()
  tokens: number;
}

export class AppendedDto {
  @ApiProperty()
  lastSeq: number;

  @ApiProperty({ type: [AppendedMessageDto], description: 'In the order of the request' })
  messages: AppendedMessageDto[];

  @ApiPropertyOptional({
    type: SessionContextDto,
    nullable: true,
    description: 'When it was asked for; null: it could not be made, `…/context` says why',
  })
  context?: SessionContextDto | null;
}

export class MessagePageQuery extends AskedQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  cursor?: string;

  @ApiPropertyOptional({ default: 50, maximum: 500 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit?: number;

  @ApiPropertyOptional({ enum: ['asc', 'desc'], default: 'asc' })
  @IsOptional()
  @IsIn(['asc', 'desc'])
  order?: 'asc' | 'desc';
}

/** OpenAI's members (`tool_calls`, `name`, …) stand beside these. */
export class MessageDto {
  @ApiProperty()
  id: string;

  @ApiProperty()
  seq: number;

  @ApiProperty({ enum: messageRoles })
  role: MessageRole;

  @ApiProperty({ description: 'A text, a list of parts, or null' })
  content: unknown;

  @ApiProperty({ description: 'As the tokenizer o200k counts them' })
  tokens: number;

  @ApiProperty()
  createdAt: string;

  @ApiProperty({ enum: messageStatuses })
  status: MessageStatus;

  @ApiProperty({ description: 'From 1; each edit counts one' })
  version: number;

  @ApiPropertyOptional()
  editedAt?: string;

  @ApiPropertyOptional({ type: Object })
  metadata?: Record<string, unknown>;

  @ApiPropertyOptional({ type: Object })
  reactions?: Record<string, unknown>;
}

export class MessageWithVersionsDto extends MessageDto {
  @ApiProperty({ type: [MessageDto], description: 'Its last versions before this one, oldest first' })
  earlier: MessageDto[];
}

export class SessionMessagePageDto {
  @ApiProperty({ type: [MessageDto] })
  data: MessageDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

export class PatchMessageDto {
  @ApiPropertyOptional({ description: 'Replaces the content; the version before it is kept' })
  @ValidateIf((_, value) => value !== undefined)
  @IsDefined()
  content?: unknown;

  @ApiPropertyOptional({ description: 'The version that the writer has seen; 409 when it is another' })
  @IsOptional()
  @IsInt()
  @Min(1)
  version?: number;

  @ApiPropertyOptional({ type: Object, description: 'Merged into what is there (RFC 7396); null removes a member' })
  @IsOptional()
  @IsObject()
  metadata?: Record<string, unknown>;

  @ApiPropertyOptional({ type: Object, example: { '👍': 'ann' }, description: 'Merged like metadata' })
  @IsOptional()
  @IsObject()
  reactions?: Record<string, unknown>;
}
