import {
  Module,
  type DynamicModule,
  type FactoryProvider,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { RedisConnections } from '#redis-connection';
import { EventPublisher } from './event-publisher.js';
import { LocalServer } from './local-server.js';
import { RpcClient } from './rpc-client.js';
import { StreamsBus } from './streams-bus.js';
import { StreamsClient } from './streams-client.js';
import { StreamsServer } from './streams-server.js';
import { TransportHealthIndicator } from './transport-health.js';
import { resolveOptions, type TransportOptions } from './transport-options.js';
import { TransportStatus } from './transport-status.js';

type OptionsFactory = Pick<FactoryProvider<TransportOptions>, 'useFactory' | 'inject'>;

/** Global: RpcClient, EventPublisher, TransportStatus and TransportHealthIndicator for every module of the app. */
@Module({})
export class TransportModule implements OnApplicationShutdown {
  constructor(private readonly client: StreamsClient) {}

  /** Needs RedisConnections, from RedisConnectionModule. */
  static forRoot(options: TransportOptions | OptionsFactory): DynamicModule {
    const factory: OptionsFactory = 'useFactory' in options ? options : { useFactory: () => options };
    return {
      module: TransportModule,
      global: true,
      providers: [bus(factory), ...providers],
      exports: [RpcClient, EventPublisher, TransportStatus, TransportHealthIndicator, StreamsClient],
    };
  }

  /** After HTTP and the handlers have ended, for they may call. */
  async onApplicationShutdown(): Promise<void> {
    await this.client.close();
  }
}

function bus(factory: OptionsFactory): Provider {
  return {
    provide: StreamsBus,
    inject: [RedisConnections, ...(factory.inject ?? [])],
    useFactory: async (connections: RedisConnections, ...injected: unknown[]) =>
      new StreamsBus(connections, resolveOptions(await factory.useFactory(...injected))),
  };
}

const providers: Provider[] = [
  { provide: EventPublisher, inject: [StreamsBus], useFactory: (bus: StreamsBus) => new EventPublisher(bus) },
  { provide: StreamsServer, inject: [StreamsBus], useFactory: (bus: StreamsBus) => new StreamsServer(bus) },
  { provide: LocalServer, inject: [StreamsBus], useFactory: (bus: StreamsBus) => new LocalServer(bus.options) },
  {
    provide: StreamsClient,
    inject: [StreamsBus, EventPublisher],
    useFactory: (bus: StreamsBus, events: EventPublisher) => new StreamsClient(bus, events),
  },
  {
    provide: RpcClient,
    inject: [StreamsBus, StreamsClient, LocalServer],
    useFactory: (bus: StreamsBus, streams: StreamsClient, local: LocalServer) =>
      new RpcClient(bus.options.rpc === 'local' ? local : streams),
  },
  {
    provide: TransportStatus,
    inject: [StreamsBus, StreamsServer, StreamsClient, LocalServer],
    useFactory: (bus: StreamsBus, server: StreamsServer, streams: StreamsClient, local: LocalServer) =>
      new TransportStatus(bus, server, bus.options.rpc === 'local' ? local : streams),
  },
  {
    provide: TransportHealthIndicator,
    inject: [TransportStatus],
    useFactory: (status: TransportStatus) => new TransportHealthIndicator(status),
  },
];
