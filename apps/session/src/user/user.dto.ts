import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { hex128Pattern } from '#contracts';
import { AskedQuery } from '../conversation/conversation.dto.js';
import { MessageDto } from '../message/message.dto.js';

export class UserPathDto {
  @ApiProperty({ example: 'ann@example.org' })
  @Matches(/^\P{Cc}{1,256}$/u, { message: 'userId must be 1 to 256 printable characters' })
  userId: string;
}

export class ErasurePathDto extends UserPathDto {
  @ApiProperty({ pattern: hex128Pattern.source })
  @Matches(hex128Pattern)
  erasureId: string;
}

export class SearchQuery extends AskedQuery {
  @ApiProperty({ description: 'Text to look for, whatever its case' })
  @IsString()
  @Length(1, 256)
  q: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  cursor?: string;

  @ApiPropertyOptional({ default: 20, maximum: 100 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit?: number;
}

export class FoundMessageDto {
  @ApiProperty()
  sessionId: string;

  @ApiProperty({ description: 'The text around what was found' })
  snippet: string;

  @ApiProperty({ type: MessageDto })
  message: MessageDto;
}

export class FoundMessagesDto {
  @ApiProperty({ type: [FoundMessageDto] })
  data: FoundMessageDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'One request looks through a few thousand messages: there may be more although little or nothing was found',
  })
  nextCursor: string | null;
}
