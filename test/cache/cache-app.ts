import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createService, LarderConfig, ServiceEnv } from '#service';
import { CacheModule } from '../../apps/cache/src/cache.module.js';
import { SemanticIndexService } from '../../apps/cache/src/semantic/semantic-index.service.js';
import { SemanticSpaceService } from '../../apps/cache/src/semantic/semantic-space.service.js';
import { until } from '../redis/index.js';

interface CacheReply {
  readonly status: number;
  readonly type: string;
  readonly body: Record<string, unknown>;
}

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

/** The cache service with its REST, in this process; tenant `default`. */
export interface RunningCache {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly keyPrefix: string;
  call(method: Method, path: string, payload?: object, headers?: Record<string, string>): Promise<CacheReply>;
  /** Until it compares by meaning, and has indexed what was stored in it. */
  untilIndexed(): Promise<void>;
  stop(): Promise<void>;
}

export async function startCacheApp(redisUrl: string, more: Partial<ServiceEnv> = {}): Promise<RunningCache> {
  const keyPrefix = `t${randomBytes(6).toString('hex')}`;
  const own = { redisUrl, keyPrefix, logLevel: 'silent', vectorEngine: 'embedded', cacheLookUpMs: 10_000 };
  const env = Object.assign(new ServiceEnv(), own, more);
  const options = { name: 'cache', defaultPort: 0, modules: [CacheModule], rpc: 'local' } as const;
  const app = await createService(options, env, new LarderConfig());
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const indexed = () =>
    app.get(SemanticSpaceService, { strict: false }).index?.status() === 'ready' &&
    app.get(SemanticIndexService, { strict: false }).pending === 0;
  return {
    app,
    url,
    keyPrefix,
    call: (method, path, payload, headers) => call({ method, url: `${url}${path}`, payload, headers }),
    untilIndexed: () => until('comparison by meaning', indexed),
    stop: () => app.close(),
  };
}

interface Call {
  readonly method: Method;
  readonly url: string;
  readonly payload?: object | undefined;
  readonly headers?: Record<string, string> | undefined;
}

async function call({ method, url, payload, headers = {} }: Call): Promise<CacheReply> {
  const json = payload && { 'content-type': 'application/json' };
  const body = payload && JSON.stringify(payload);
  const response = await fetch(url, { method, headers: { ...json, ...headers }, ...(body && { body }) });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} };
}
