import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Length, Matches, ValidateBy } from 'class-validator';
import { identifierPattern, tagPattern } from '#contracts';
import { areAttributes, type Attributes } from '../entries/attributes.js';

/** Exactly one member says which entries. */
export class InvalidateDto {
  @ApiPropertyOptional({ example: 'handbook-2026.pdf', description: 'A tag that the entries carry, such as a source.' })
  @IsOptional()
  @Matches(tagPattern)
  tag?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string', minLength: 1, maxLength: 500 },
    example: { locale: 'en' },
    description: 'Entries that carry all of these, and maybe more.',
  })
  @IsOptional()
  @ValidateBy({
    name: 'areAttributes',
    validator: { validate: areAttributes, defaultMessage: () => '$property must be at most 5 names with texts' },
  })
  attributes?: Attributes;

  @ApiPropertyOptional({ example: 'gpt-4o-mini' })
  @IsOptional()
  @Length(1, 256)
  model?: string;

  @ApiPropertyOptional({ example: 'k1', description: 'Id of the API key that wrote the entries.' })
  @IsOptional()
  @Matches(identifierPattern)
  writer?: string;
}

export class InvalidatedDto {
  @ApiProperty({ example: 42, description: 'Entries that could be served until now.' })
  deletedEntriesCount: number;
}
