import { Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import { RedisConnections } from './redis-connections.js';
import { RedisHealthIndicator } from './redis-health.indicator.js';
import type { RedisConnectionOptions } from './redis-options.js';

type OptionsFactory = Pick<FactoryProvider<RedisConnectionOptions>, 'useFactory' | 'inject'>;

/** Gives the whole application its Redis connections. */
@Module({})
export class RedisConnectionModule {
  static forRoot(options: RedisConnectionOptions | OptionsFactory): DynamicModule {
    const factory: OptionsFactory = 'useFactory' in options ? options : { useFactory: () => options };
    return {
      module: RedisConnectionModule,
      global: true,
      imports: [TerminusModule],
      providers: [
        {
          provide: RedisConnections,
          inject: factory.inject ?? [],
          useFactory: async (...injected: unknown[]) => {
            const connections = new RedisConnections(await factory.useFactory(...injected));
            // Here and not only in its hook, so that others' hooks find Redis connected.
            await connections.onModuleInit();
            return connections;
          },
        },
        {
          provide: RedisHealthIndicator,
          inject: [RedisConnections, HealthIndicatorService],
          useFactory: (connections: RedisConnections, indicators: HealthIndicatorService) =>
            new RedisHealthIndicator(connections, indicators),
        },
      ],
      exports: [RedisConnections, RedisHealthIndicator],
    };
  }
}
