import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsNotEmptyObject,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  MinLength,
  ValidateBy,
} from 'class-validator';
import { areAttributes, type Attributes } from './attributes.js';
import type { SearchStrategy } from './entry-reader.service.js';
import { maxResponseLength } from './prompt-entry.js';

const searchStrategies = ['exact', 'semantic'] as const satisfies readonly SearchStrategy[];

const prompt = { example: 'What is a semantic cache?', minLength: 1, maxLength: 1_024 };
const response = {
  example: 'A cache that also answers questions that mean the same.',
  minLength: 1,
  maxLength: maxResponseLength,
};
const attributes = {
  type: 'object',
  additionalProperties: { type: 'string', minLength: 1, maxLength: 500 },
  example: { locale: 'en' },
  description:
    'At most 5, declared on the cache. An entry is found when it carries all that are asked for; it may carry more.',
} as const;

const AreAttributes = () =>
  ValidateBy({
    name: 'areAttributes',
    validator: {
      validate: areAttributes,
      defaultMessage: () =>
        '$property must be at most 5 names of 1 to 32 letters, digits, _ or -, with texts of 1 to 500 characters without commas',
    },
  });

/** As LangCache asks. */
export class SearchEntriesDto {
  @ApiProperty(prompt)
  @IsString()
  @Length(1, 1_024)
  prompt: string;

  @ApiPropertyOptional({
    example: 0.9,
    minimum: 0,
    maximum: 1,
    description: "For the strategy `semantic`; the stricter of this and the cache's own holds.",
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  similarityThreshold?: number;

  @ApiPropertyOptional(attributes)
  @IsOptional()
  @AreAttributes()
  attributes?: Attributes;

  @ApiPropertyOptional({
    enum: searchStrategies,
    isArray: true,
    default: ['semantic'],
    description:
      'In the order of trying. `exact` ignores case; `semantic` finds other words too, past the guards of the cache.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(searchStrategies, { each: true })
  searchStrategies?: SearchStrategy[];
}

export class FoundEntryDto {
  @ApiProperty({ example: '0198f3a17c2e7d3b9a51c0de5f00ba11' })
  id: string;

  @ApiProperty(prompt)
  prompt: string;

  @ApiProperty(response)
  response: string;

  @ApiProperty(attributes)
  attributes: Attributes;

  @ApiProperty({ example: 1, description: '0 to 1, bigger is nearer; an exact match is 1.' })
  similarity: number;

  @ApiProperty({ enum: searchStrategies })
  searchStrategy: SearchStrategy;
}

export class FoundEntriesDto {
  @ApiProperty({ type: [FoundEntryDto], description: 'Empty on a miss.' })
  data: FoundEntryDto[];
}

/** As LangCache stores. */
export class StoreEntryDto {
  @ApiProperty(prompt)
  @IsString()
  @Length(1, 1_024)
  prompt: string;

  @ApiProperty(response)
  @IsString()
  @MinLength(1)
  response: string;

  @ApiPropertyOptional(attributes)
  @IsOptional()
  @AreAttributes()
  attributes?: Attributes;

  @ApiPropertyOptional({
    example: 3_600_000,
    minimum: 1,
    maximum: 31_556_952_000,
    description: "Else the cache's own.",
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(31_556_952_000)
  ttlMillis?: number;
}

export class DeleteEntriesDto {
  @ApiProperty(attributes)
  @AreAttributes()
  @IsNotEmptyObject({}, { message: 'attributes must not be empty' })
  attributes: Attributes;
}

export class DeletedEntriesDto {
  @ApiProperty({ example: 3, description: 'Entries that could be found until now.' })
  deletedEntriesCount: number;
}

export class StoredEntryDto {
  @ApiProperty({ example: '0198f3a17c2e7d3b9a51c0de5f00ba11' })
  entryId: string;
}

/** One entry with all that is known of it. */
export class EntryDto {
  @ApiProperty({ example: '0198f3a17c2e7d3b9a51c0de5f00ba11' })
  entryId: string;

  @ApiProperty({ enum: ['chat', 'prompt'], description: 'A chat completion, or what an application stored.' })
  kind: 'chat' | 'prompt';

  @ApiProperty({ example: '2026-11-21T02:00:00.000Z' })
  createdAt: string;

  @ApiProperty({ example: '2026-11-22T01:12:00.000Z' })
  expiresAt: string;

  @ApiProperty({ example: 'gpt-4o-mini', description: 'Empty for `prompt`.' })
  model: string;

  @ApiProperty({ example: 500, description: 'Prompt and completion tokens that a hit saves.' })
  tokens: number;

  @ApiProperty({ example: 1500, description: 'Micro-dollars that a hit saves.' })
  costMicroUsd: number;

  @ApiProperty({ example: 1200, description: 'Milliseconds that a hit saves.' })
  latencyMs: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'The chat.completion object, or `{prompt, response, attributes}`.',
  })
  answer: Record<string, unknown>;
}
