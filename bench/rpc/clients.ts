import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { NestFactory } from '@nestjs/core';
import { Module, type DynamicModule } from '@nestjs/common';
import { firstValueFrom } from 'rxjs';
import { RpcClient } from '../../libs/redis-streams/index.js';
import { echo, payload, plainPattern } from './echo.contract.js';
import type { Call } from './load.js';
import { nestRedisOptions, streamsModules } from './streams-modules.js';

export interface Contestant {
  readonly call: Call;
  close(): Promise<void>;
}

@Module({})
class Caller {
  static over(imports: DynamicModule[]): DynamicModule {
    return { module: Caller, imports };
  }
}

/** Our transport: contract, validation, deadline, acknowledgement by reading, deletion of what was read. */
export async function startStreams(): Promise<Contestant> {
  const server = await startServer('streams');
  const logger = ['error', 'warn'] as const;
  const app = await NestFactory.createApplicationContext(Caller.over(streamsModules('client')), {
    logger: [...logger],
  });
  const client = app.get(RpcClient);
  return {
    call: () => client.call(echo, payload),
    close: () => app.close().then(() => stop(server)),
  };
}

/** Nest's own Redis transport, as its documentation sets it up. */
export async function startNestRedis(): Promise<Contestant> {
  const server = await startServer('nest-redis');
  const client = ClientProxyFactory.create({ transport: Transport.REDIS, options: nestRedisOptions() });
  await client.connect();
  return {
    call: () => firstValueFrom(client.send(plainPattern, payload)),
    close: async () => {
      await client.close();
      await stop(server);
    },
  };
}

async function startServer(transport: string): Promise<ChildProcess> {
  const server = fork(new URL('./echo-server.js', import.meta.url), [transport]);
  await once(server, 'message');
  return server;
}

async function stop(server: ChildProcess): Promise<void> {
  const exited = once(server, 'exit');
  server.kill('SIGKILL');
  await exited;
}
