import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsNumber,
  IsObject,
  IsOptional,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';
import { identifierPattern } from './identifiers.js';
import {
  AreWeights,
  belongsTo,
  FitsAlgorithm,
  FitsScope,
  IsLimitName,
  IsTimeZone,
  NeedsTenant,
  NotBesideKey,
  OnlyOf,
} from './limit-rules.js';
import { Nested } from './nested.js';

/** What a limit counts. `tokens` are input and output together; money is whole micro-dollars. */
export const limitUnits = ['requests', 'tokens', 'inputTokens', 'outputTokens', 'microUsd'] as const;
export type LimitUnit = (typeof limitUnits)[number];

export const limitAlgorithms = [
  'token-bucket',
  'sliding-window-log',
  'sliding-window-counter',
  'fixed-window',
  'calendar-window',
  'concurrency',
] as const;
export type LimitAlgorithm = (typeof limitAlgorithms)[number];

export const calendarPeriods = ['hour', 'day', 'week', 'month'] as const;
export type CalendarPeriod = (typeof calendarPeriods)[number];

/** Algorithms whose window is a length; a calendar's is a period. */
const windowed = limitAlgorithms.filter((algorithm) => algorithm !== 'calendar-window');

/** What a limit does while Redis is away; `local`: each replica admits its share of the capacity. */
export const limitFailureModes = ['open', 'closed', 'local'] as const;
export type LimitFailureMode = (typeof limitFailureModes)[number];

/** Who shares one counter: one of the names below, or `custom.<name>`, a descriptor of the application's own. */
export const limitScopePattern = /^(?:global|tenant|user|key|model|custom\.[A-Za-z0-9_-]{1,64})$/;

/** 10^15: beyond it the scripts' arithmetic on windows would leave the whole numbers that doubles hold. */
const largest = 1_000_000_000_000_000;
const longestWindowSeconds = 366 * 86_400;

/** One limit of a policy. */
export class LimitDefinition {
  @Matches(identifierPattern)
  @IsLimitName()
  name: string;

  /** `["user", "model"]`: one counter for each pair. A descriptor that a request lacks is a value of its own, `none`. */
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @Matches(limitScopePattern, { each: true })
  @FitsScope()
  scope: string[];

  @IsIn(limitUnits)
  @FitsAlgorithm()
  unit: LimitUnit;

  @IsIn(limitAlgorithms)
  algorithm: LimitAlgorithm;

  /** How much a window admits; of `concurrency`: how many at a time. */
  @IsInt()
  @Min(1)
  @Max(largest)
  capacity: number;

  /** Of every algorithm but `calendar-window`; of `concurrency`: how long a lease lasts unless released. */
  @ValidateIf(belongsTo(...windowed))
  @IsInt()
  @Min(1)
  @Max(longestWindowSeconds)
  @OnlyOf(...windowed)
  windowSeconds?: number;

  /** Of `token-bucket`: how much may come at once; the capacity unless told. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(largest)
  @OnlyOf('token-bucket')
  burst?: number;

  /** Of `calendar-window`. */
  @ValidateIf(belongsTo('calendar-window'))
  @IsIn(calendarPeriods)
  @OnlyOf('calendar-window')
  period?: CalendarPeriod;

  /** Of `calendar-window`: an IANA name; `UTC` unless told. */
  @IsOptional()
  @MaxLength(64)
  @IsTimeZone()
  @OnlyOf('calendar-window')
  timeZone?: string;

  /** Cost by model: globs to factors (up to three decimals); the first that fits counts, 1 for the others. */
  @IsOptional()
  @IsObject()
  @AreWeights()
  weights?: Record<string, number>;

  /** Counted and reported, and never a reason to refuse. */
  @IsOptional()
  @IsBoolean()
  shadow?: boolean;

  /** `closed` for money and `local` for everything else, unless told. */
  @IsOptional()
  @IsIn(limitFailureModes)
  onRedisFailure?: LimitFailureMode;
}

/** How the output of a model is estimated before it is known. */
export const outputEstimators = ['max-tokens', 'learned'] as const;
export type OutputEstimator = (typeof outputEstimators)[number];

/** All limits of a policy are one script's work. */
const mostLimits = 32;

/** The members of a policy that people set: all of its limits are checked together, all or nothing. */
export class LimitPolicyMembers {
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(mostLimits)
  @ArrayUnique((limit: LimitDefinition | undefined) => limit?.name, {
    message: '$property must have names of their own',
  })
  @Nested(() => LimitDefinition, { each: true })
  limits: LimitDefinition[];

  /** `max-tokens` (the default): what the request allows, else what was learned; `learned`: what was learned, where there is anything. */
  @IsOptional()
  @IsIn(outputEstimators)
  outputEstimator?: OutputEstimator;

  /** Whether denials are remembered in the process and repeated without asking Redis; true unless told. */
  @IsOptional()
  @IsBoolean()
  denyCache?: boolean;

  /** From which part of its capacity in use a limit counts as nearly reached (metrics), 0–1; 0.8 unless told. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  nearLimit?: number;
}

export class LimitPolicy extends LimitPolicyMembers {
  @Matches(identifierPattern)
  name: string;
}

/** Whom a policy is for: everybody, a tenant, one of its keys, or one of its users. */
export class LimitAssignment {
  @Matches(identifierPattern)
  policy: string;

  /** Absent: every tenant. */
  @IsOptional()
  @Matches(identifierPattern)
  tenant?: string;

  @IsOptional()
  @Matches(identifierPattern)
  @NeedsTenant()
  key?: string;

  @IsOptional()
  @Matches(/^[\x21-\x7e]{1,128}$/)
  @NeedsTenant()
  @NotBesideKey()
  user?: string;
}

/** A tenant, one of its keys or one of its users is refused everything, until a time or until the block is lifted. */
export class LimitBlock {
  @Matches(identifierPattern)
  tenant: string;

  /** Absent, as `user`: the whole tenant. */
  @IsOptional()
  @Matches(identifierPattern)
  key?: string;

  @IsOptional()
  @Matches(/^[\x21-\x7e]{1,128}$/)
  @NotBesideKey()
  user?: string;

  /** ISO 8601, UTC; absent: until it is lifted. */
  @IsOptional()
  @IsISO8601({ strict: true })
  until?: string;
}
