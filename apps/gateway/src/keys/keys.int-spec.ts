import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Controller, Get, Module } from '@nestjs/common';
import { createLog, createService, CurrentPrincipal, LarderConfig, Roles, ServiceEnv, type Principal } from '#service';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { KeysModule } from './keys.module.js';

@Controller('v1/models')
class WhoController {
  @Roles('chat')
  @Get()
  who(@CurrentPrincipal() principal: Principal): Principal {
    return principal;
  }
}

@Module({ imports: [KeysModule, TenantsModule], controllers: [WhoController] })
class ProbeModule {}

interface Created {
  readonly id: string;
  readonly key: string;
}

const admin = 'an-admin-key';
let redis: RunningRedis;
let first: string;
let second: string;
const apps: NestFastifyApplication[] = [];

async function startReplica(more: Partial<ServiceEnv> = {}): Promise<string> {
  const env = Object.assign(new ServiceEnv(), { redisUrl: redis.url, adminKey: admin, drainMs: 500 }, more);
  const options = { name: 'gateway', defaultPort: 0, modules: [ProbeModule], rpc: 'local' as const };
  const app = await createService(options, env, new LarderConfig(), createLog('gateway', 'silent'));
  await app.listen({ host: '127.0.0.1', port: 0 });
  apps.push(app);
  return app.getUrl();
}

async function ask(url: string, method = 'GET', key: string | null = admin, body?: unknown) {
  const response = await fetch(url, {
    method,
    headers: {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text ? (JSON.parse(text) as object) : undefined };
}

const createKey = async (request: object = {}) =>
  (await ask(`${first}/v1/keys`, 'POST', admin, request)).body as Created;
const statusOf = async (base: string, key: string | null) => (await ask(`${base}/v1/models`, 'GET', key)).status;

beforeAll(async () => {
  redis = await startRedis();
  [first, second] = [await startReplica(), await startReplica()];
}, 30_000);

afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await redis.stop();
}, 30_000);

describe('API keys', () => {
  it('are created with a secret that is shown once and stored as a hash', async () => {
    const { status, body } = await ask(`${first}/v1/keys`, 'POST', admin, {
      name: 'ci',
      roles: ['chat'],
      userId: 'u@x',
    });
    expect(status).toBe(201);
    const { id, key } = body as Created;
    expect(key).toMatch(new RegExp(`^lk_${id}_`));
    expect(body).toMatchObject({ tenant: 'default', roles: ['chat'], name: 'ci', userId: 'u@x' });
    const listed = await ask(`${second}/v1/keys`);
    expect(JSON.stringify(listed.body)).toContain(id);
    expect(JSON.stringify(listed.body)).not.toMatch(/sha256|lk_/);
  });

  it('work at once on every replica', async () => {
    const { id, key } = await createKey();
    for (const base of [first, second]) {
      const { status, body } = await ask(`${base}/v1/models`, 'GET', key);
      expect(status).toBe(200);
      expect(body).toMatchObject({ tenant: 'default', keyId: id });
    }
  });

  it('are refused when missing, wrong or expired, with 401 and how to do better', async () => {
    const { key } = await createKey({ expiresAt: new Date(Date.now() + 400).toISOString() });
    expect(await statusOf(second, key)).toBe(200);
    await until('the expired key is refused', async () => (await statusOf(second, key)) === 401);
    for (const wrong of [null, 'sk-foreign', `${key}x`, 'lk_unknown_0123456789abcdef']) {
      const { status, headers, body } = await ask(`${first}/v1/models`, 'GET', wrong);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(body).toMatchObject({ error: { code: 'invalid_api_key', param: null } });
    }
  });

  it('are refused everywhere soon after they were revoked', async () => {
    const { id, key } = await createKey();
    expect(await statusOf(second, key)).toBe(200);
    expect((await ask(`${first}/v1/keys/${id}`, 'DELETE')).status).toBe(204);
    expect(await statusOf(first, key)).toBe(401);
    await until('the other replica hears of it', async () => (await statusOf(second, key)) === 401);
    const { body } = await ask(`${first}/v1/keys?limit=1000`);
    const shown = (body as { data: { id: string }[] }).data.find((one) => one.id === id);
    expect(shown).toHaveProperty('revokedAt');
    expect((await ask(`${first}/v1/keys/${id}`, 'DELETE')).status).toBe(204);
  });

  it('administer only with the role', async () => {
    const { key } = await createKey();
    expect((await ask(`${first}/v1/keys`, 'GET', key)).status).toBe(403);
    expect((await ask(`${first}/v1/tenants`, 'POST', key, {})).status).toBe(403);
    const { key: administrator } = await createKey({ roles: ['admin'] });
    expect((await ask(`${first}/v1/keys`, 'GET', administrator)).status).toBe(200);
    const { key: reader } = await createKey({ roles: ['cache:read'] });
    expect(await statusOf(first, reader)).toBe(403);
  });

  it('are listed by tenant in pages that miss none', async () => {
    await ask(`${first}/v1/tenants`, 'POST', admin, { id: 'paged' });
    const made: string[] = [];
    for (let at = 0; at < 5; at += 1) {
      made.push((await createKey({ tenant: 'paged' })).id);
      await createKey();
    }
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = await ask(`${first}/v1/keys?tenant=paged&limit=2${cursor && `&cursor=${cursor}`}`);
      const page = body as { data: { id: string }[]; nextCursor: string | null };
      expect(page.data.length).toBeLessThanOrEqual(2);
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(made);
  });

  it.each([
    [{ tenant: 'a:b' }, 'tenant'],
    [{ tenant: 'nobody' }, 'tenant'],
    [{ roles: ['root'] }, 'roles'],
    [{ roles: [] }, 'roles'],
    [{ roles: 'chat' }, 'roles'],
    [{ userId: 'a\nb' }, 'userId'],
    [{ expiresAt: 'tomorrow' }, 'expiresAt'],
    [{ expiresAt: '2001-01-01T00:00:00Z' }, 'expiresAt'],
    [{ secret: 'mine' }, 'secret'],
    [[], undefined],
  ])('are not made of %j', async (request, param) => {
    const { status, body } = await ask(`${first}/v1/keys`, 'POST', admin, request);
    expect(status).toBe(400);
    expect(body).toMatchObject({ type: '/errors/invalid-request', ...(param !== undefined && { param }) });
  });

  it.each(['?limit=0', '?limit=x', '?cursor=!', '?cursor=Zm9v', '?tenant=a:b', '?more=1'])(
    'are not listed by %s',
    async (query) => {
      expect((await ask(`${first}/v1/keys${query}`)).status).toBe(400);
    },
  );

  it('that do not exist cannot be revoked', async () => {
    for (const id of ['0'.repeat(32), 'a%3Ab', 'x'.repeat(300)]) {
      expect((await ask(`${first}/v1/keys/${id}`, 'DELETE')).status).toBe(404);
    }
  });
});

describe('tenants', () => {
  it('are created, shown, listed and deleted', async () => {
    const made = await ask(`${first}/v1/tenants`, 'POST', admin, { id: 'acme', name: 'Acme' });
    expect(made.status).toBe(201);
    expect((await ask(`${second}/v1/tenants/acme`)).body).toEqual(made.body);
    expect((await ask(`${first}/v1/tenants`, 'POST', admin, { id: 'acme' })).status).toBe(409);
    const { body } = await ask(`${first}/v1/tenants?limit=1000`);
    expect((body as { data: { id: string }[] }).data.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['acme', 'default']),
    );
    expect((await ask(`${first}/v1/tenants/acme`, 'DELETE')).status).toBe(204);
    expect((await ask(`${first}/v1/tenants/acme`)).status).toBe(404);
    expect((await ask(`${first}/v1/tenants/acme`, 'DELETE')).status).toBe(404);
  });

  it('get an id when they bring none', async () => {
    const { body } = await ask(`${first}/v1/tenants`, 'POST', admin, {});
    expect(body).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{32}$/) });
  });

  it('stay while they have keys', async () => {
    await ask(`${first}/v1/tenants`, 'POST', admin, { id: 'busy' });
    const { id } = (await ask(`${second}/v1/keys`, 'POST', admin, { tenant: 'busy' })).body as Created;
    expect((await ask(`${first}/v1/tenants/busy`, 'DELETE')).status).toBe(409);
    await ask(`${second}/v1/keys/${id}`, 'DELETE');
    expect((await ask(`${first}/v1/tenants/busy`, 'DELETE')).status).toBe(204);
    expect((await ask(`${first}/v1/tenants/default`, 'DELETE')).status).toBe(409);
  });
});

describe('the key of a client in passthrough mode', () => {
  it('names one tenant, the same on every replica, and nothing of it is kept', async () => {
    const replicas = [await startReplica({ auth: 'passthrough' }), await startReplica({ auth: 'passthrough' })];
    const tenants = await Promise.all(
      replicas.map(async (base) => (await ask(`${base}/v1/models`, 'GET', 'sk-mine')).body as { tenant: string }),
    );
    expect(tenants[0]!.tenant).toMatch(/^[0-9a-f]{32}$/);
    expect(tenants[1]!.tenant).toBe(tenants[0]!.tenant);
    expect(await statusOf(replicas[0]!, null)).toBe(401);
  });
});

/** Last: it takes Redis away. */
describe('while Redis is away', () => {
  it('known keys work from memory, unknown ones cannot be judged, and it heals by itself', async () => {
    const { key } = await createKey();
    const unknown = 'lk_unknown_0123456789abcdef';
    await until('the key is known to the other replica', async () => (await statusOf(second, key)) === 200);
    await until('both are started', async () => {
      const ready = await Promise.all([first, second].map((base) => ask(`${base}/health/ready`, 'GET', null)));
      return ready.every(({ status }) => status === 200);
    });
    redis.signal('SIGKILL');
    await until('the other replica notices', async () => (await statusOf(second, unknown)) === 503);
    expect(await statusOf(first, key)).toBe(200);
    expect(await statusOf(second, key)).toBe(200);
    expect(await statusOf(first, 'not-a-key')).toBe(401);
    expect((await ask(`${first}/v1/keys`, 'POST', admin, {})).status).toBe(503);
    expect((await ask(`${first}/health/ready`, 'GET', null)).status).toBe(200);
    await redis.restart();
    await until('the other replica finds Redis again', async () => (await statusOf(second, unknown)) === 401);
  }, 30_000);
});
