import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Length, Max, Min } from 'class-validator';
import {
  contextStrategies,
  type ChatMessage,
  type ContextManifest,
  type ContextStrategy,
  type SeqRange,
} from '#contracts';
import { AskedQuery } from '../conversation/conversation.dto.js';

/** What of a history is to be sent. */
export class ContextWishDto {
  @ApiPropertyOptional({ example: 'gpt-4o-mini', description: 'Says how tokens are counted and how many fit.' })
  @IsOptional()
  @Length(1, 256)
  model?: string;

  @ApiPropertyOptional({
    type: Number,
    example: 4_000,
    description:
      "Tokens of the messages and of the answer's opening; three quarters of the model's window unless told.",
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(10_000_000)
  maxTokens?: number;

  @ApiPropertyOptional({ enum: contextStrategies, default: 'pinned' })
  @IsOptional()
  @IsIn(contextStrategies)
  strategy?: ContextStrategy;

  @ApiPropertyOptional({ type: Number, default: 20, description: 'For `last`: how many messages at most.' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  lastMessages?: number;
}

export class ContextQuery extends IntersectionType(AskedQuery, ContextWishDto) {}

class SeqRangeDto implements SeqRange {
  @ApiProperty({ example: 1 })
  from: number;

  @ApiProperty({ example: 40 })
  to: number;
}

class ManifestRangesDto {
  @ApiProperty({ type: [SeqRangeDto] })
  kept: SeqRangeDto[];

  @ApiProperty({ type: [SeqRangeDto] })
  summarised: SeqRangeDto[];

  @ApiProperty({ type: [SeqRangeDto] })
  dropped: SeqRangeDto[];
}

class ContextManifestDto implements ContextManifest {
  @ApiProperty({ enum: contextStrategies })
  strategy: ContextStrategy;

  @ApiProperty({ example: 'gpt-4o-mini' })
  model: string;

  @ApiProperty({ example: 4_000 })
  maxTokens: number;

  @ApiProperty({ example: 3_210, description: 'Of `messages`, as the model counts them.' })
  tokens: number;

  @ApiProperty({ example: 61, description: 'Messages sent as they are.' })
  kept: number;

  @ApiProperty({ example: 40, description: 'Messages that the summary tells of.' })
  summarised: number;

  @ApiProperty({ example: 0, description: 'Messages left out; `…/messages` still has them.' })
  dropped: number;

  @ApiProperty({ type: ManifestRangesDto, description: 'Which they are, by `seq`, both ends included.' })
  ranges: ManifestRangesDto;
}

export class SessionContextDto {
  @ApiProperty({ type: [Object], description: 'Ready to be sent as `messages` of a chat completion.' })
  messages: readonly ChatMessage[];

  @ApiProperty({ type: ContextManifestDto })
  manifest: ContextManifest;

  @ApiProperty({ example: 101, description: 'For `expectedSeq` of the next append.' })
  lastSeq: number;
}
