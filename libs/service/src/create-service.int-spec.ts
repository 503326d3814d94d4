import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis, until, type RunningRedis } from '../../../test/redis/index.js';
import { BootError } from './boot-error.js';
import { LarderConfig } from './config.js';
import { createService } from './create-service.js';
import { ServiceEnv } from './env.js';
import { createLog } from './log.js';
import type { ServiceOptions } from './service-options.js';

let under = 0;

@Controller()
class SlowController {
  @Get('slow')
  async slow() {
    under += 1;
    await sleep(300);
    return { done: true };
  }

  @Get('endless')
  async endless() {
    under += 1;
    await sleep(60_000, undefined, { ref: false });
  }
}

@Module({ controllers: [SlowController] })
class SlowModule {}

const apps: NestFastifyApplication[] = [];

async function start(env: Partial<ServiceEnv>, options: Partial<ServiceOptions> = {}): Promise<NestFastifyApplication> {
  const app = await createService(
    { name: 'probe', defaultPort: 0, modules: [SlowModule], rpc: 'local', ...options },
    Object.assign(new ServiceEnv(), { adminKey: 'an-admin-key', drainMs: 1_000 }, env),
    new LarderConfig(),
    createLog('probe', 'silent'),
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  apps.push(app);
  return app;
}

const probe = async (app: NestFastifyApplication, path: string) => (await fetch((await app.getUrl()) + path)).status;
const ask = async (app: NestFastifyApplication, path: string) =>
  fetch((await app.getUrl()) + path, { headers: { authorization: 'Bearer an-admin-key' } });

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

describe('a service', () => {
  let redis: RunningRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('tells its health and its metrics to whoever asks, and nothing else', async () => {
    const app = await start({ redisUrl: redis.url });
    for (const path of ['/health/live', '/health/startup', '/health/ready']) {
      await until(path, async () => (await probe(app, path)) === 200);
    }
    expect(await (await fetch(`${await app.getUrl()}/metrics`)).text()).toContain(
      'larder_redis_connected{role="bus"} 1',
    );
    expect(await probe(app, '/slow')).toBe(401);
  });

  it('finishes requests under way when it is closed, and may be closed twice', async () => {
    const app = await start({ redisUrl: redis.url, drainMs: 30_000 });
    under = 0;
    const answer = ask(app, '/slow');
    await until('the request is under way', () => under === 1);
    let drained = false;
    setTimeout(() => (drained = true), 30_000).unref();
    await Promise.all([app.close(), app.close()]);
    expect(await (await answer).json()).toEqual({ done: true });
    // The client's kept-alive connection does not hold the shutdown up until the drain ends.
    expect(drained).toBe(false);
  });

  it('gives up on requests that outlast the drain', async () => {
    const app = await start({ redisUrl: redis.url, drainMs: 200 });
    under = 0;
    const answer = ask(app, '/endless').catch(() => 'cut off');
    await until('the request is under way', () => under === 1);
    await app.close();
    expect(await answer).toBe('cut off');
  });

  it('refuses a Redis that would evict keys and messages', async () => {
    const evicting = await startRedis({ args: ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'] });
    try {
      const fault = await start({ redisUrl: evicting.url }).catch((error: unknown) => error);
      expect(fault).toBeInstanceOf(BootError);
      expect((fault as BootError).faults).toHaveLength(2);
    } finally {
      await evicting.stop();
    }
  });
});

describe('a service whose Redis is away', () => {
  it('starts, but is ready only when Redis was there once; then it stays ready without, unless it needs Redis', async () => {
    const before = await startRedis();
    await before.stop();
    const { port, url: redisUrl } = before;
    const [free, needy] = [await start({ redisUrl }), await start({ redisUrl }, { needsRedis: true })];
    expect(await probe(free, '/health/live')).toBe(200);
    expect(await probe(free, '/health/ready')).toBe(503);
    expect(await probe(free, '/health/startup')).toBe(503);
    const redis = await startRedis({ port });
    try {
      await until('both are ready', async () =>
        (await Promise.all([free, needy].map((app) => probe(app, '/health/ready')))).every((status) => status === 200),
      );
      redis.signal('SIGKILL');
      await until('the needy one is unready', async () => (await probe(needy, '/health/ready')) === 503);
      await until('the free one is ready', async () => (await probe(free, '/health/ready')) === 200);
      expect(await probe(needy, '/health/startup')).toBe(200);
    } finally {
      await redis.stop();
    }
  }, 40_000);
});
