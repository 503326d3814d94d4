import { Type } from 'class-transformer';
import {
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { CachePolicyMembers, identifierPattern, LimitAssignment, LimitPolicy, sha256Pattern } from '#contracts';
import type { ApiKeyRecord } from './api-key.js';
import { ordinaryRoles, roles, userIdPattern, type Role } from './principal.js';

/** One OpenAI-compatible server; tried in the order of the file. */
export class UpstreamSettings {
  @Matches(identifierPattern)
  name: string;

  /** Up to and including `/v1`. */
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  url: string;

  @IsOptional()
  @MinLength(1)
  apiKey?: string;

  /** The environment variable that holds the key, so that the file need not. */
  @IsOptional()
  @Matches(/^[A-Za-z_][A-Za-z0-9_]*$/)
  apiKeyEnv?: string;

  /** Globs; absent: every model. */
  @IsOptional()
  @IsString({ each: true })
  models?: string[];

  @IsOptional()
  @IsInt()
  @Min(1)
  timeoutMs?: number;

  @IsOptional()
  @IsObject()
  headers?: Record<string, string>;
}

/** Prices in dollars per million tokens; `revision` is part of every cache key of the model. */
export class ModelSettings {
  /** A name or a glob. */
  @IsString()
  @MinLength(1)
  id: string;

  @IsOptional()
  @IsNumber()
  @Min(0)
  inputPer1M?: number;

  @IsOptional()
  @IsNumber()
  @Min(0)
  outputPer1M?: number;

  @IsOptional()
  @IsString()
  revision?: string;
}

/** The policy of one cache, until REST changes it. */
export class CacheSettings extends CachePolicyMembers {
  @Matches(identifierPattern)
  id: string;
}

/** A key that is always there: only the hash of its secret stands in the file. */
export class ApiKeySettings {
  @Matches(/^[A-Za-z0-9.-]{1,64}$/)
  keyId: string;

  /** SHA-256 of the secret, the part behind `lk_<keyId>_`. */
  @Matches(sha256Pattern)
  sha256: string;

  @IsOptional()
  @Matches(identifierPattern)
  tenant?: string;

  @IsOptional()
  @IsIn(roles, { each: true })
  @ArrayUnique()
  roles?: Role[];

  @IsOptional()
  @Matches(userIdPattern)
  userId?: string;

  @IsOptional()
  @IsISO8601({ strict: true })
  expiresAt?: string;
}

/** One queue of jobs; the queue `default` is always there. */
export class QueueSettings {
  @Matches(identifierPattern)
  name: string;

  /** Parts that may live on different nodes of a Redis Cluster; a tenant's jobs are in one. Never make it fewer. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(64)
  shards?: number;

  /** How many of its jobs one process runs at a time. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000)
  concurrency?: number;

  /** How many jobs of one tenant run at a time, in all processes together; 0: any number. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(100_000)
  tenantInFlight?: number;

  /** How many jobs of one tenant may wait; more are refused. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100_000_000)
  tenantWaiting?: number;
}

/** One list of prompts that a cache is warmed with, at every start and by the clock. */
export class WarmingSettings {
  @Matches(identifierPattern)
  name: string;

  @IsOptional()
  @Matches(identifierPattern)
  tenant?: string;

  @IsOptional()
  @Matches(identifierPattern)
  cacheId?: string;

  @IsString()
  @MinLength(1)
  model: string;

  @IsOptional()
  @IsString()
  system?: string;

  /** One of `prompts` and `promptsFile`, a text file with a prompt a line. */
  @IsOptional()
  @IsString({ each: true })
  prompts?: string[];

  @IsOptional()
  @IsString()
  @MinLength(1)
  promptsFile?: string;

  /** Whether every start of the worker warms; true unless there is a schedule. */
  @IsOptional()
  @IsBoolean()
  atBoot?: boolean;

  /** Cron, as for `/v1/schedules`. */
  @IsOptional()
  @IsString()
  schedule?: string;

  @IsOptional()
  @IsString()
  timeZone?: string;
}

/** Domain defaults from the YAML file; every list is there, if empty. */
export class LarderConfig {
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => UpstreamSettings)
  upstreams: UpstreamSettings[] = [];

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ModelSettings)
  models: ModelSettings[] = [];

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => CacheSettings)
  caches: CacheSettings[] = [];

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ApiKeySettings)
  apiKeys: ApiKeySettings[] = [];

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => LimitPolicy)
  limitPolicies: LimitPolicy[] = [];

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => LimitAssignment)
  limitAssignments: LimitAssignment[] = [];

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => QueueSettings)
  queues: QueueSettings[] = [];

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => WarmingSettings)
  warming: WarmingSettings[] = [];
}

/** The file's keys in the form that the directory holds; without roles a key may do all but administer. */
export function settledKeys(config: LarderConfig): ApiKeyRecord[] {
  return config.apiKeys.map(({ tenant, roles: granted, ...key }) => ({
    ...key,
    tenant: tenant ?? 'default',
    roles: granted ?? ordinaryRoles,
    createdAt: new Date(0).toISOString(),
  }));
}
