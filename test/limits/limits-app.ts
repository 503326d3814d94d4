import { createHash, randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiKeySettings, createLog, createService, LarderConfig, ServiceEnv, type Role } from '#service';
import { RatelimitModule } from '../../apps/ratelimit/src/ratelimit.module.js';

const adminKey = 'a'.repeat(40);
const secret = 's'.repeat(40);

interface LimitsAnswer {
  readonly status: number;
  readonly type: string | null;
  readonly body: Record<string, unknown>;
}

/** The limit service with its REST API, on a real Redis. */
export interface LimitsApp {
  readonly app: NestFastifyApplication;
  /** Below `/v1/limits`; as the administrator unless a key is told. */
  call(method: string, path: string, body?: unknown, key?: string): Promise<LimitsAnswer>;
}

export interface LimitsAppOptions {
  readonly redisUrl: string;
  readonly keyPrefix?: string;
  readonly config?: LarderConfig;
  readonly env?: Partial<ServiceEnv>;
}

/** A key for `LarderConfig.apiKeys`, and `keyNamed` is what a client sends. */
export function keySettings(keyId: string, tenant: string, roles: Role[], userId?: string): ApiKeySettings {
  const sha256 = createHash('sha256').update(secret).digest('hex');
  return Object.assign(new ApiKeySettings(), { keyId, sha256, tenant, roles, ...(userId && { userId }) });
}

export function keyNamed(keyId: string): string {
  return `lk_${keyId}_${secret}`;
}

export async function startLimitsApp(options: LimitsAppOptions): Promise<LimitsApp> {
  const { redisUrl, keyPrefix = `t${randomBytes(6).toString('hex')}`, config = new LarderConfig() } = options;
  const env = Object.assign(new ServiceEnv(), { redisUrl, keyPrefix, adminKey, drainMs: 500 }, options.env);
  const service = { name: 'ratelimit', defaultPort: 0, modules: [RatelimitModule], rpc: 'local' as const };
  const app = await createService(service, env, config, createLog('ratelimit', 'silent'));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = await app.getUrl();
  return {
    app,
    async call(method, path, body, key = adminKey) {
      const headers = {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      };
      const payload = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(`${url}/v1/limits${path}`, { method, headers, ...payload });
      const text = await response.text();
      const parsed = text ? (JSON.parse(text) as Record<string, unknown>) : {};
      return { status: response.status, type: response.headers.get('content-type'), body: parsed };
    },
  };
}
