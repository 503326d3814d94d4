import type { INestApplication, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { RedisConnectionModule, RedisConnections, type RedisLog } from '#redis-connection';
import {
  connectTransport,
  EventPublisher,
  RpcClient,
  StreamsClient,
  TransportModule,
  TransportStatus,
  type TransportOptions,
} from '#redis-streams';
import { until } from '../redis/index.js';
import { EchoController, Journal, journalToken } from './echo.controller.js';

export interface RunningService {
  readonly app: INestApplication;
  readonly client: RpcClient;
  readonly proxy: StreamsClient;
  readonly publisher: EventPublisher;
  readonly status: TransportStatus;
  readonly connections: RedisConnections;
  readonly journal: Journal;
  close(): Promise<void>;
}

export interface ServiceOptions extends Partial<TransportOptions> {
  readonly url: string;
  readonly keyPrefix: string;
  /** Handlers; none for a process that only calls. */
  readonly controllers?: Type[];
  readonly logger?: RedisLog;
  readonly commandTimeoutMs?: number;
}

/** One process of a service, within this one: a Nest application with its own connections. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { url, keyPrefix, controllers = [EchoController], logger, commandTimeoutMs = 500, ...transport } = options;
  const journal = new Journal(transport.instance ?? 'only');
  const module = await Test.createTestingModule({
    imports: [
      RedisConnectionModule.forRoot({
        urls: { cache: url, state: url, bus: url },
        keyPrefix,
        commandTimeoutMs,
        logger,
      }),
      TransportModule.forRoot({ service: 'echo', rpc: 'streams', blockMs: 300, drainMs: 3_000, ...transport }),
    ],
    controllers,
    providers: [{ provide: journalToken, useValue: journal }],
  }).compile();
  const app = module.createNestApplication(new FastifyAdapter(), { logger: ['error', 'warn'] });
  await app.init();
  await connectTransport(app);
  const status = app.get(TransportStatus);
  await until('the transport consumes', () => status.snapshot().status === 'consuming');
  return {
    app,
    client: app.get(RpcClient),
    proxy: app.get(StreamsClient),
    publisher: app.get(EventPublisher),
    status,
    connections: app.get(RedisConnections),
    journal,
    close: () => app.close(),
  };
}

export function randomPrefix(): string {
  return `test-${Math.random().toString(36).slice(2)}`;
}
