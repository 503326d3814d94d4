import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ServiceError } from '#contracts';
import { connectTransport } from '#redis-streams';
import { BootError } from './boot-error.js';
import { LarderConfig } from './config.js';
import type { ServiceEnv } from './env.js';
import { createAdapter, prepareHttp } from './http-application.js';
import { createLog, Log } from './log.js';
import { NestLog } from './nest-log.js';
import type { ServiceOptions } from './service-options.js';
import { ServiceModule } from './service.module.js';

@Module({})
class RootModule {}

/** A whole service, connected and initialised, but without documentation and not listening yet. Throws a BootError when it could not work. */
export async function createService(
  options: ServiceOptions,
  env: ServiceEnv,
  config: LarderConfig = new LarderConfig(),
  log: Log = createLog(options.name, env.logLevel),
): Promise<NestFastifyApplication> {
  const root = { module: RootModule, imports: [ServiceModule.forRoot({ options, env, config, log })] };
  try {
    // Connects to Redis.
    const app = await NestFactory.create<NestFastifyApplication>(root, createAdapter(), {
      bodyParser: false,
      abortOnError: false,
      logger: new NestLog(log),
    });
    prepareHttp(app, env);
    return await connect(app);
  } catch (error) {
    throw explain(error);
  }
}

async function connect(app: NestFastifyApplication): Promise<NestFastifyApplication> {
  try {
    await app.init();
    await connectTransport(app);
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Connections refuse a Redis that evicts what must stay: for whoever starts the service that is configuration. */
function explain(error: unknown): unknown {
  return error instanceof ServiceError ? new BootError(error.details.faults ?? [error.message]) : error;
}
