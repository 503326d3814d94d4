import { IsIn, IsInt, IsOptional, IsString, IsUrl, Matches, Max, MaxLength, Min, MinLength } from 'class-validator';
import { EmbedderEnv } from './embedder.env.js';
import { From } from './env-variable.js';
import { logLevels, type LogLevel } from './log.js';

export const authModes = ['open', 'keys', 'passthrough'] as const;
export type AuthMode = (typeof authModes)[number];

const httpUrl = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };

/** The environment of every service, read and checked once at boot. */
export class ServiceEnv extends EmbedderEnv {
  @From('LARDER_HTTP_HOST')
  @Matches(/^[A-Za-z0-9_.:-]+$/, { message: '$property must be a host name or an address' })
  httpHost = '127.0.0.1';

  /** Absent: the service's own default port. 0: one that the system chooses. */
  @From('LARDER_HTTP_PORT', { numeric: true })
  @IsOptional()
  @Max(65_535)
  @Min(0)
  @IsInt()
  httpPort?: number;

  @From('REDIS_URL')
  @IsString()
  redisUrl = 'redis://127.0.0.1:6379';

  @From('REDIS_CACHE_URL')
  @IsOptional()
  @IsString()
  redisCacheUrl?: string;

  @From('REDIS_STATE_URL')
  @IsOptional()
  @IsString()
  redisStateUrl?: string;

  @From('REDIS_BUS_URL')
  @IsOptional()
  @IsString()
  redisBusUrl?: string;

  @From('LARDER_KEY_PREFIX')
  @Matches(/^[A-Za-z0-9_.-]{1,64}$/)
  keyPrefix = 'larder';

  /** Path of the YAML file with domain defaults. */
  @From('LARDER_CONFIG')
  @IsOptional()
  @IsString()
  configPath?: string;

  @From('LARDER_ADMIN_KEY')
  @IsOptional()
  @MinLength(8)
  adminKey?: string;

  @From('LARDER_AUTH')
  @IsOptional()
  @IsIn(authModes)
  auth?: AuthMode;

  /** Signs frames on the bus. */
  @From('LARDER_BUS_SECRET')
  @IsOptional()
  @MinLength(16)
  busSecret?: string;

  @From('LARDER_LOG_LEVEL')
  @IsIn(logLevels)
  logLevel: LogLevel = 'info';

  @From('LARDER_UPSTREAM_URL')
  @IsOptional()
  @IsUrl(httpUrl)
  upstreamUrl?: string;

  @From('LARDER_UPSTREAM_API_KEY')
  @IsOptional()
  @IsString()
  larderUpstreamApiKey?: string;

  @From('OPENAI_API_KEY')
  @IsOptional()
  @IsString()
  openaiApiKey?: string;

  /** How long the gateway keeps a vector of `/v1/embeddings` unless the request says otherwise, in seconds. */
  @From('LARDER_EMBEDDINGS_TTL', { numeric: true })
  @Max(31_556_952)
  @Min(1)
  @IsInt()
  embeddingsTtlSeconds = 604_800;

  /** How many vectors of one tenant the gateway keeps; those that expire first make room. */
  @From('LARDER_EMBEDDINGS_MAX', { numeric: true })
  @Max(100_000_000)
  @Min(1)
  @IsInt()
  embeddingsMaxEntries = 50_000;

  /** Makes a tenant of a client's own key in passthrough mode; absent: one is made and kept in Redis. */
  @From('LARDER_TENANT_SECRET')
  @IsOptional()
  @MinLength(16)
  tenantSecret?: string;

  /** How long a chat request waits for the cache's answer before it goes on without, in milliseconds. */
  @From('LARDER_CACHE_LOOK_UP_MS', { numeric: true })
  @Max(10_000)
  @Min(50)
  @IsInt()
  cacheLookUpMs = 250;

  /** How long a client waits for its answer to be kept, so that its next question hits, in milliseconds. */
  @From('LARDER_CACHE_STORE_MS', { numeric: true })
  @Max(10_000)
  @Min(1)
  @IsInt()
  cacheStoreMs = 50;

  /** How long a question waits for another turn of its session before it is refused, in milliseconds. */
  @From('LARDER_SESSION_WAIT_MS', { numeric: true })
  @Max(600_000)
  @Min(0)
  @IsInt()
  sessionWaitMs = 30_000;

  /** How many replicas share a limit while Redis is away: each then admits its part of it. */
  @From('LARDER_LIMIT_REPLICAS', { numeric: true })
  @Max(1_000)
  @Min(1)
  @IsInt()
  limitReplicas = 1;

  /** Where the audit archive of sessions is written; absent: there is none. */
  @From('LARDER_ARCHIVE_DIR')
  @IsOptional()
  @IsString()
  archiveDir?: string;

  /** Summarises old parts of sessions through the gateway; absent: their most telling sentences are picked, without a model. */
  @From('LARDER_SUMMARY_MODEL')
  @IsOptional()
  @MaxLength(256)
  summaryModel?: string;

  /** What a session's summary takes at most, in tokens. */
  @From('LARDER_SUMMARY_TOKENS', { numeric: true })
  @Max(4_000)
  @Min(50)
  @IsInt()
  summaryTokens = 400;

  /** A worker that has not been heard of for so long has lost its jobs to others, in milliseconds. */
  @From('LARDER_JOB_LEASE_MS', { numeric: true })
  @Max(600_000)
  @Min(500)
  @IsInt()
  jobLeaseMs = 15_000;

  /** Networks that are not public and that webhooks may go to all the same: `10.1.0.0/16,fd00::/8`. */
  @From('LARDER_WEBHOOK_NETWORKS')
  @Matches(/^[0-9A-Fa-f.:/, ]*$/)
  webhookNetworks = '';

  /** How long a shutdown waits for requests under way, in milliseconds. */
  @From('LARDER_DRAIN_MS', { numeric: true })
  @Max(600_000)
  @Min(0)
  @IsInt()
  drainMs = 10_000;

  get authMode(): AuthMode {
    return this.auth ?? (this.adminKey === undefined ? 'open' : 'keys');
  }

  get upstreamApiKey(): string | undefined {
    return this.larderUpstreamApiKey ?? this.openaiApiKey;
  }

  get redisUrls(): { cache: string; state: string; bus: string } {
    return {
      cache: this.redisCacheUrl ?? this.redisUrl,
      state: this.redisStateUrl ?? this.redisUrl,
      bus: this.redisBusUrl ?? this.redisUrl,
    };
  }
}
