import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  Matches,
  Max,
  Min,
  ValidateBy,
} from 'class-validator';
import { attributeNamePattern, maxAttributes } from './identifiers.js';
import { cacheModes, maxTurnLength, type CacheMode } from './question.contract.js';

/** The differences between two questions that forbid to answer one with the other's answer, in the order of asking. */
export const guardNames = [
  'language',
  'length',
  'quotation',
  'identifier',
  'number',
  'unit',
  'date',
  'entity',
  'negation',
  'antonym',
  'question-word',
  'operator',
  'scope',
  'role',
  'wording',
] as const;
export type GuardName = (typeof guardNames)[number];

/** Which guards a cache uses; a guard that is not named is on. */
export type GuardSettings = Readonly<Partial<Record<GuardName, boolean>>>;

export const evictionOrders = ['lru', 'lfu'] as const;
export const servedEntryKinds = ['all', 'validated'] as const;
export type EvictionOrder = (typeof evictionOrders)[number];
export type ServedEntries = (typeof servedEntryKinds)[number];

const yearSeconds = 31_556_952;

/** What may be set of a cache, in the configuration file and by REST; what is left out falls back. */
export class CachePolicyMembers {
  /** The loosest way of answering; a caller may only be stricter. */
  @IsOptional()
  @IsIn(cacheModes)
  mode?: CacheMode;

  /** Time to live of its entries, in seconds, unless their class or a request says otherwise. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(yearSeconds)
  ttlSeconds?: number;

  /** Largest share by which a time to live is shortened at random, so that entries do not expire together. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(0.5)
  ttlJitter?: number;

  /** Whether `Cache-Control` of chat requests is obeyed: some HTTP clients send `no-cache` by themselves. */
  @IsOptional()
  @IsBoolean()
  honourCacheControl?: boolean;

  /** Names of the attributes that entries stored by applications may carry. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(maxAttributes)
  @ArrayUnique()
  @Matches(attributeNamePattern, { each: true })
  attributes?: readonly string[];

  /** Least similarity (0–1) of a question that is answered by meaning; the embedder's own when absent. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  similarityThreshold?: number;

  /** Characters below which a question is answered by its exact text only. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(maxTurnLength)
  minPromptLength?: number;

  /** Whether requests that offer tools are compared by meaning too. */
  @IsOptional()
  @IsBoolean()
  semanticWithTools?: boolean;

  @IsOptional()
  @AreGuards()
  guards?: GuardSettings;

  /** Rules by which questions are classified, instead of the built-in ones; the cache service checks each. */
  @IsOptional()
  @IsArray()
  ttlRules?: readonly unknown[];

  /** Whether each hit renews an entry's time to live, up to `maxAgeSeconds`. */
  @IsOptional()
  @IsBoolean()
  slidingTtl?: boolean;

  /** The oldest that an entry of a sliding time to live may become; seven times that time when absent. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(yearSeconds)
  maxAgeSeconds?: number;

  /** How long after its expiry an entry is still served while one caller fetches a fresh answer (RFC 5861). */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(yearSeconds)
  staleWhileRevalidateSeconds?: number;

  /** How long after its expiry an entry is still served when upstream fails (RFC 5861). */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(yearSeconds)
  staleIfErrorSeconds?: number;

  /** Entries beyond this many are evicted. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000_000)
  maxEntries?: number;

  /** Which go first: the least recently or the least frequently used. */
  @IsOptional()
  @IsIn(evictionOrders)
  eviction?: EvictionOrder;

  /** Whether entries are served that no feedback has confirmed. */
  @IsOptional()
  @IsIn(servedEntryKinds)
  servedEntries?: ServedEntries;

  /** Distinct users who must have asked before an entry is served. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000)
  minDistinctUsers?: number;

  /** Whether answers cut off by the token limit (`finish_reason: length`) are kept. */
  @IsOptional()
  @IsBoolean()
  storeTruncated?: boolean;
}

function AreGuards(): PropertyDecorator {
  return ValidateBy({
    name: 'areGuards',
    validator: {
      validate: areGuards,
      defaultMessage: () => `$property must be an object of true and false by the names ${guardNames.join(', ')}`,
    },
  });
}

function areGuards(value: unknown): value is GuardSettings {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const known: readonly string[] = guardNames;
  return Object.entries(value).every(([name, isOn]) => known.includes(name) && typeof isOn === 'boolean');
}
