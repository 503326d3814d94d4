import 'reflect-metadata';
import { Controller, Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Payload, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { connectTransport, RpcHandler } from '../../libs/redis-streams/index.js';
import { EchoRequest, echo, plainPattern } from './echo.contract.js';
import { nestRedisOptions, streamsModules } from './streams-modules.js';

@Controller()
class StreamsEcho {
  @RpcHandler(echo)
  echo(request: EchoRequest): EchoRequest {
    return request;
  }
}

@Controller()
class PlainEcho {
  @MessagePattern(plainPattern)
  echo(@Payload() request: EchoRequest): EchoRequest {
    return request;
  }
}

@Module({})
class EchoServer {
  static over(imports: DynamicModule[], controllers: (typeof StreamsEcho | typeof PlainEcho)[]): DynamicModule {
    return { module: EchoServer, imports, controllers };
  }
}

/** The process that answers: by our transport, or by Nest's own on Redis. */
async function main(transport: string): Promise<void> {
  if (transport === 'streams') {
    const module = EchoServer.over(streamsModules('server'), [StreamsEcho]);
    const app = await NestFactory.create(module, new FastifyAdapter(), { logger: ['error', 'warn'] });
    await app.init();
    await connectTransport(app);
  } else {
    const options: MicroserviceOptions = { transport: Transport.REDIS, options: nestRedisOptions() };
    const logger = ['error', 'warn'] as const;
    const app = await NestFactory.createMicroservice(EchoServer.over([], [PlainEcho]), {
      ...options,
      logger: [...logger],
    });
    await app.listen();
  }
  // Whoever started it is gone.
  process.once('disconnect', () => process.exit());
  process.send?.('ready');
}

await main(process.argv[2] ?? '');
