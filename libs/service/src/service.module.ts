import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import { RedisConnectionModule, RedisConnections, RedisHealthIndicator } from '#redis-connection';
import { TransportHealthIndicator, TransportModule, TransportStatus } from '#redis-streams';
import { ApiKeyDirectory } from './api-key-directory.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { Authenticator } from './authenticator.js';
import { settledKeys, LarderConfig } from './config.js';
import { ConnectionMetrics } from './connection-metrics.js';
import { ServiceEnv } from './env.js';
import { HealthController } from './health.controller.js';
import { ErrorFilter } from './http-error.filter.js';
import { Log } from './log.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';
import { OwnChecks } from './own-checks.js';
import { Readiness } from './readiness.js';
import { RouteTable } from './request-hooks.js';
import { RolesGuard } from './roles.guard.js';
import type { ServiceOptions } from './service-options.js';
import { Shutdown } from './shutdown.js';
import { TenantSecret } from './tenant-secret.js';

export interface ServiceParts {
  readonly options: ServiceOptions;
  readonly env: ServiceEnv;
  readonly config: LarderConfig;
  readonly log: Log;
}

/** What every service has, global: environment, configuration, log, metrics, health, Redis, transport, authentication. */
@Module({})
export class ServiceModule {
  static forRoot(parts: ServiceParts): DynamicModule {
    return {
      module: ServiceModule,
      global: true,
      imports: [TerminusModule.forRoot({ logger: false }), ...connections(parts), ...parts.options.modules],
      controllers: [HealthController, MetricsController],
      providers: [...values(parts), ...services(parts)],
      exports: [ServiceEnv, LarderConfig, Log, Metrics, OwnChecks, ApiKeyRepository, ApiKeyDirectory, Authenticator],
    };
  }
}

function connections({ options, env, log }: ServiceParts): DynamicModule[] {
  return [
    RedisConnectionModule.forRoot({
      urls: env.redisUrls,
      keyPrefix: env.keyPrefix,
      clientName: `larder-${options.name}`,
      logger: log,
    }),
    TransportModule.forRoot({
      service: options.name,
      rpc: options.rpc,
      drainMs: env.drainMs,
      ...(env.busSecret !== undefined && { busSecret: env.busSecret }),
    }),
  ];
}

function values({ env, config, log }: ServiceParts): Provider[] {
  return [
    { provide: ServiceEnv, useValue: env },
    { provide: LarderConfig, useValue: config },
    { provide: Log, useValue: log },
    { provide: Metrics, useValue: new Metrics() },
    { provide: RouteTable, useValue: new RouteTable() },
    { provide: OwnChecks, useValue: new OwnChecks() },
  ];
}

function services({ options, config }: ServiceParts): Provider[] {
  return [
    ApiKeyRepository,
    TenantSecret,
    Authenticator,
    ConnectionMetrics,
    Shutdown,
    {
      provide: ApiKeyDirectory,
      inject: [ApiKeyRepository],
      useFactory: (repository: ApiKeyRepository) => new ApiKeyDirectory(repository, settledKeys(config)),
    },
    {
      provide: Readiness,
      inject: [
        RedisHealthIndicator,
        RedisConnections,
        TransportHealthIndicator,
        TransportStatus,
        HealthIndicatorService,
        ApiKeyDirectory,
        OwnChecks,
      ],
      useFactory: (...needed: ReadinessNeeds) => new Readiness(options.needsRedis ?? false, ...needed),
    },
    { provide: APP_GUARD, useClass: RolesGuard },
    { provide: APP_FILTER, useClass: ErrorFilter },
  ];
}

type ReadinessNeeds = ConstructorParameters<typeof Readiness> extends [boolean, ...infer Rest] ? Rest : never;
