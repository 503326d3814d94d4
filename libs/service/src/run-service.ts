import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { BootError } from './boot-error.js';
import type { LarderConfig } from './config.js';
import { createService } from './create-service.js';
import { serveDocs } from './docs.js';
import type { ServiceEnv } from './env.js';
import { loadConfig } from './load-config.js';
import { loadEnv } from './load-env.js';
import { createLog, type Log } from './log.js';
import type { ServiceOptions } from './service-options.js';

/** What a forced exit waits beyond the drain, in milliseconds: for connections to Redis to close. */
const graceMs = 2_000;

/** The whole main.ts of a service: environment, configuration, application, listening, shutdown. */
export async function runService(options: ServiceOptions): Promise<NestFastifyApplication> {
  try {
    const { env, config } = loadAll();
    const log = createLog(options.name, env.logLevel);
    crashLoudly(log);
    const app = await createService(options, env, config, log);
    serveDocs(app, options.name);
    closeOnSignals(app, env, log);
    await listen(app, options, env);
    log.info('ready', { url: await app.getUrl(), auth: env.authMode });
    return app;
  } catch (error) {
    const faults = error instanceof BootError ? error.faults : [describe(error)];
    process.stderr.write(faults.map((fault) => `${options.name} cannot start: ${fault}\n`).join(''));
    process.exit(1);
  }
}

/** Both sources are read before either is complained of, so that one start shows every fault. */
function loadAll(): { env: ServiceEnv; config: LarderConfig } {
  const faults: string[] = [];
  const attempt = <T>(load: () => T): T | undefined => {
    try {
      return load();
    } catch (error) {
      if (!(error instanceof BootError)) throw error;
      faults.push(...error.faults);
      return undefined;
    }
  };
  const env = attempt(() => loadEnv());
  const config = attempt(() => loadConfig(process.env['LARDER_CONFIG']?.trim() || undefined));
  if (!env || !config) throw new BootError(faults);
  return { env, config };
}

async function listen(app: NestFastifyApplication, options: ServiceOptions, env: ServiceEnv): Promise<void> {
  const port = env.httpPort ?? options.defaultPort;
  try {
    await app.listen({ host: env.httpHost, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new BootError([`LARDER_HTTP_HOST and LARDER_HTTP_PORT: cannot listen (${code ?? 'unknown error'})`]);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The first signal drains, within a bound; a second one ends at once. */
function closeOnSignals(app: NestFastifyApplication, env: ServiceEnv, log: Log): void {
  let closing = false;
  const close = (signal: NodeJS.Signals): void => {
    if (closing) process.exit(1);
    closing = true;
    log.info('shutting down', { signal });
    setTimeout(() => {
      log.warn('shutdown took too long');
      process.exit(1);
    }, env.drainMs + graceMs).unref();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('shutdown failed', { error });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', close);
  process.on('SIGINT', close);
}

/** A fault that nobody handles is written like all others, then ends the process: its state is unknown. */
function crashLoudly(log: Log): void {
  const crash = (error: unknown): void => {
    log.error('unhandled fault', { error });
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}
