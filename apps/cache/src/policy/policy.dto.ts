import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, ValidateBy, type ValidationArguments } from 'class-validator';
import {
  cacheModes,
  CachePolicyMembers,
  evictionOrders,
  guardNames,
  maxAttributes,
  maxTurnLength,
  servedEntryKinds,
  type CacheMode,
  type EvictionOrder,
  type GuardSettings,
  type ServedEntries,
} from '#contracts';
import { ttlRuleFaults } from '../ttl/ttl-rule-set.js';

const year = 31_556_952;

const AreTtlRules = () =>
  ValidateBy({
    name: 'areTtlRules',
    validator: {
      validate: (value) => ttlRuleFaults(value).length === 0,
      defaultMessage: (found?: ValidationArguments) =>
        ttlRuleFaults(found?.value)
          .map((fault) => fault.replace(/^rules/, '$property'))
          .join('; '),
    },
  });

/** What `PUT /v1/caches/{cacheId}` sets; members left out take the configured default. */
export class CachePolicyDto extends CachePolicyMembers {
  @ApiPropertyOptional({
    enum: cacheModes,
    default: 'semantic',
    description: 'The loosest way of answering. `exact`: same text only; `shadow`: look up, report, serve nothing.',
  })
  override mode?: CacheMode;

  @ApiPropertyOptional({ example: 86_400, default: 86_400, minimum: 1, maximum: year })
  override ttlSeconds?: number;

  @ApiPropertyOptional({
    example: 0.1,
    default: 0.1,
    minimum: 0,
    maximum: 0.5,
    description:
      'Each time to live is shortened by up to this share, at random, so that entries do not expire together.',
  })
  override ttlJitter?: number;

  @ApiPropertyOptional({ example: true, default: true, description: 'Obey `Cache-Control` of chat requests.' })
  override honourCacheControl?: boolean;

  @ApiPropertyOptional({
    example: ['locale'],
    type: [String],
    maxItems: maxAttributes,
    description: 'Attributes that entries of applications may carry.',
  })
  override attributes?: readonly string[];

  @ApiPropertyOptional({
    example: 0.9,
    minimum: 0,
    maximum: 1,
    description: 'Least similarity of a question that is answered by meaning; the embedder’s own when left out.',
  })
  override similarityThreshold?: number;

  @ApiPropertyOptional({
    example: 8,
    default: 8,
    minimum: 0,
    maximum: maxTurnLength,
    description: 'Characters below which a question is matched exactly only.',
  })
  override minPromptLength?: number;

  @ApiPropertyOptional({ default: false, description: 'Compare requests that offer tools by meaning too.' })
  override semanticWithTools?: boolean;

  @ApiPropertyOptional({
    type: 'object',
    properties: Object.fromEntries(guardNames.map((name) => [name, { type: 'boolean' as const }])),
    example: { number: true },
    description: 'Which differences between two questions forbid a hit; one that is not named does.',
  })
  override guards?: GuardSettings;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'object' },
    example: [{ name: 'menu', class: 'menu', when: { phrases: ['lunch', 'menu of the day'] }, ttlSeconds: 3_600 }],
    description: 'Classes of questions and what follows for their answers; the first rule that matches decides.',
  })
  @IsOptional()
  @AreTtlRules()
  override ttlRules?: readonly unknown[];

  @ApiPropertyOptional({ default: false, description: 'Each hit renews the time to live, up to `maxAgeSeconds`.' })
  override slidingTtl?: boolean;

  @ApiPropertyOptional({
    example: 604_800,
    minimum: 1,
    maximum: year,
    description: 'Hard cap on the age of entries with a sliding time to live; seven times that time when left out.',
  })
  override maxAgeSeconds?: number;

  @ApiPropertyOptional({
    example: 60,
    default: 0,
    minimum: 0,
    maximum: year,
    description: 'How long an expired answer is still served while one request fetches a fresh one.',
  })
  override staleWhileRevalidateSeconds?: number;

  @ApiPropertyOptional({
    example: 3_600,
    default: 0,
    minimum: 0,
    maximum: year,
    description: 'How long an expired answer is still served when the model cannot be reached.',
  })
  override staleIfErrorSeconds?: number;

  @ApiPropertyOptional({ example: 100_000, default: 100_000, minimum: 1, maximum: 10_000_000 })
  override maxEntries?: number;

  @ApiPropertyOptional({ enum: evictionOrders, default: 'lru', description: 'Which entries go beyond `maxEntries`.' })
  override eviction?: EvictionOrder;

  @ApiPropertyOptional({
    enum: servedEntryKinds,
    default: 'all',
    description: '`validated`: only entries that feedback has confirmed.',
  })
  override servedEntries?: ServedEntries;

  @ApiPropertyOptional({
    default: 1,
    minimum: 1,
    maximum: 1_000,
    description: 'Distinct users who must have asked before an entry is served.',
  })
  override minDistinctUsers?: number;

  @ApiPropertyOptional({ default: false, description: 'Keep answers cut off by the token limit too.' })
  override storeTruncated?: boolean;
}

/** A cache with all of its settings; those without a value of their own (`similarityThreshold`, …) are left out. */
export class CacheDto extends CachePolicyDto {
  @ApiProperty({ example: 'default' })
  cacheId: string;
}

export class CacheListDto {
  @ApiProperty({ type: [CacheDto] })
  data: CacheDto[];
}
