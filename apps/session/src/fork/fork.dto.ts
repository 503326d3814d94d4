import { IsInt, IsObject, IsOptional, Matches, Max, Min } from 'class-validator';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { identifierPattern } from '#contracts';

export class ForkDto {
  @ApiPropertyOptional({ description: 'The number of the last message to take along; all of them unless told' })
  @IsOptional()
  @IsInt()
  @Min(0)
  atSeq?: number;

  @ApiPropertyOptional({ description: 'The id of the last message to take along' })
  @IsOptional()
  @Matches(identifierPattern)
  messageId?: string;

  @ApiPropertyOptional({ description: 'Life without activity, in seconds; as the first one has unless told' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(31_556_952)
  ttlSeconds?: number;

  @ApiPropertyOptional({ type: Object, description: 'As the first one has unless told' })
  @IsOptional()
  @IsObject()
  metadata?: Record<string, unknown>;
}
