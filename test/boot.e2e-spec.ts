import { describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LarderProcess, type AppName } from './larder/larder-process.js';
import { patienceMs } from './larder/suite.js';
import { startRedis } from './redis/index.js';

/** Starts an app that must refuse to; everything it printed. */
async function refusal(app: AppName, env: Record<string, string>): Promise<string> {
  const child = await LarderProcess.spawn(app, env);
  try {
    expect(await child.untilExit()).toBe(1);
  } finally {
    await child.kill();
  }
  return child.log;
}

jest.setTimeout(patienceMs);

const apps: AppName[] = ['standalone', 'gateway', 'cache', 'ratelimit', 'session', 'worker'];
const nowhere = 'redis://127.0.0.1:1';

/** A wrong configuration stops the boot: every fault at once, no value. */
describe('misconfiguration', () => {
  it.each(apps)('%s lists every faulty variable and prints no value', async (app) => {
    const faulty = {
      REDIS_URL: 'http://user:hunter2-redis@127.0.0.1',
      REDIS_STATE_URL: 'redis+sentinel://:hunter2-state@127.0.0.1:26379',
      LARDER_HTTP_PORT: 'hunter2-port',
      LARDER_AUTH: 'hunter2-auth',
      LARDER_LOG_LEVEL: 'hunter2-level',
      LARDER_UPSTREAM_URL: 'hunter2-upstream',
      LARDER_BUS_SECRET: 'hunter2-bus',
      LARDER_ADMIM_KEY: 'hunter2-typo',
    };
    const printed = await refusal(app, faulty);
    for (const name of Object.keys(faulty)) expect(printed).toContain(name);
    expect(printed).not.toContain('hunter2');
    expect(printed).not.toMatch(/^\s+at /m);
  });

  it('refuses to serve openly beyond this machine', async () => {
    const printed = await refusal('standalone', { REDIS_URL: nowhere, LARDER_HTTP_HOST: '0.0.0.0' });
    expect(printed).toMatch(/LARDER_HTTP_HOST|LARDER_ADMIN_KEY/);
  });

  it('lists every fault of the configuration file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'larder-boot-'));
    const path = join(folder, 'larder.yaml');
    await writeFile(path, 'upstreams:\n  - name: "a:b"\n    url: hunter2\ncaches: hunter2\nmodel: []\n');
    const printed = await refusal('standalone', { REDIS_URL: nowhere, LARDER_CONFIG: path });
    await rm(folder, { recursive: true });
    for (const member of ['upstreams', 'caches', 'model']) expect(printed).toContain(member);
    expect(printed).not.toContain('hunter2');
  });

  it('names a configuration file that is not there', async () => {
    const printed = await refusal('standalone', { REDIS_URL: nowhere, LARDER_CONFIG: '/nowhere/larder.yaml' });
    expect(printed).toContain('LARDER_CONFIG');
  });

  it('refuses a Redis for state that evicts', async () => {
    const redis = await startRedis({ args: ['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru'] });
    try {
      const printed = await refusal('standalone', { REDIS_URL: redis.url });
      expect(printed).toContain('noeviction');
    } finally {
      await redis.stop();
    }
  });
});

describe('boot', () => {
  it('does not need Redis to be there first: it becomes ready when Redis comes', async () => {
    const redis = await startRedis();
    redis.signal('SIGKILL');
    const standalone = await LarderProcess.spawn('standalone', { REDIS_URL: redis.url });
    await redis.restart();
    await standalone.untilReady();
    expect(await standalone.stop()).toBe(true);
    await redis.stop();
  });
});
