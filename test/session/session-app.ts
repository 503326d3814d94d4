import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createService, LarderConfig, ServiceEnv } from '#service';
import { SessionModule } from '../../apps/session/src/session.module.js';

export interface SessionReply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  /** What the text is as JSON; empty when it is none. */
  readonly body: Record<string, unknown>;
}

type Method = 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';

/** One replica of the session service with its REST, in this process; tenant `default`, open unless keys are configured. */
export interface RunningSessions {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly keyPrefix: string;
  call(method: Method, path: string, payload?: unknown, headers?: Record<string, string>): Promise<SessionReply>;
  stop(): Promise<void>;
}

export interface SessionAppOptions {
  readonly keyPrefix?: string;
  readonly env?: Partial<ServiceEnv>;
  readonly config?: LarderConfig;
}

export async function startSessionApp(redisUrl: string, options: SessionAppOptions = {}): Promise<RunningSessions> {
  const keyPrefix = options.keyPrefix ?? `t${randomBytes(6).toString('hex')}`;
  const env = Object.assign(new ServiceEnv(), { redisUrl, keyPrefix, logLevel: 'silent' }, options.env);
  const service = { name: 'session', defaultPort: 0, modules: [SessionModule], rpc: 'local' } as const;
  const app = await createService(service, env, options.config ?? new LarderConfig());
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    app,
    url,
    keyPrefix,
    async call(method, path, payload, headers = {}) {
      const json: Record<string, string> = payload === undefined ? {} : { 'content-type': 'application/json' };
      const body = payload === undefined ? undefined : JSON.stringify(payload);
      const init = { method, headers: { ...json, ...headers }, ...(body !== undefined && { body }) };
      const response = await fetch(`${url}${path}`, init);
      const type = response.headers.get('content-type') ?? '';
      const text = await response.text();
      return { status: response.status, type, text, body: parsed(type, text) };
    },
    stop: () => app.close(),
  };
}

function parsed(type: string, text: string): Record<string, unknown> {
  return type.includes('json') && !type.includes('ndjson') && text ? (JSON.parse(text) as Record<string, unknown>) : {};
}
