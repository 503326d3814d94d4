import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createService, LarderConfig, ServiceEnv } from '#service';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { WorkerModule } from '../worker.module.js';

jest.setTimeout(60_000);
let redis: RunningRedis;
let app: NestFastifyApplication;
let url: string;

beforeAll(async () => {
  redis = await startRedis();
  const own = { redisUrl: redis.url, keyPrefix: `t${randomBytes(6).toString('hex')}`, logLevel: 'silent' };
  const options = { name: 'worker', defaultPort: 0, modules: [WorkerModule], rpc: 'local' } as const;
  app = await createService(options, Object.assign(new ServiceEnv(), own), new LarderConfig());
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterAll(async () => {
  await app.close();
  await redis.stop();
});

async function call(method: string, path: string, payload?: object, headers: Record<string, string> = {}) {
  const json = payload && { 'content-type': 'application/json' };
  const body = payload && JSON.stringify(payload);
  const response = await fetch(`${url}${path}`, { method, headers: { ...json, ...headers }, ...(body && { body }) });
  const text = await response.text();
  return {
    status: response.status,
    text,
    body: (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>,
  };
}

/** A webhook to nowhere: a kind that is always there, and never gets through on this machine. */
const hook = { kind: 'webhook', payload: { url: 'https://hooks.invalid/x', type: 'test', data: { n: 1 } } };
const held = { ...hook, delayMs: 60_000 };
const unknownId = 'f'.repeat(32);

describe('the REST API of jobs', () => {
  it('submits, shows, follows and cancels a job', async () => {
    const submitted = await call('POST', '/v1/jobs', held);
    expect(submitted).toMatchObject({ status: 202, body: { status: 'delayed', repeated: false } });
    const path = `/v1/jobs/${String(submitted.body['id'])}`;
    expect(await call('GET', path)).toMatchObject({
      status: 200,
      body: { kind: 'webhook', status: 'delayed', attempts: 0 },
    });
    const events = call('GET', `${path}/events`);
    expect(await call('DELETE', path)).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(await call('DELETE', path)).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    const { text } = await events;
    expect(text.trim().split('\n\n').at(-1)).toMatch(/^event: end\ndata: .*"status":"cancelled"/);
  });

  it('answers a repeated Idempotency-Key with the same job', async () => {
    const headers = { 'idempotency-key': 'k1' };
    const first = await call('POST', '/v1/jobs', held, headers);
    const second = await call('POST', '/v1/jobs', held, headers);
    expect(second.body).toMatchObject({ id: first.body['id'], repeated: true });
    expect(await call('POST', '/v1/jobs', { ...held, delayMs: 1 }, headers)).toMatchObject({ status: 409 });
  });

  it('takes many at once, all or none', async () => {
    const { body } = await call('POST', '/v1/jobs/batch', { jobs: [held, held, held] });
    expect(body['data']).toHaveLength(3);
    const refused = await call('POST', '/v1/jobs/batch', { jobs: [held, { ...held, kind: 'nothing' }] });
    expect(refused).toMatchObject({ status: 400, body: { code: 'unknown_job_kind' } });
  });

  it.each([
    ['an unknown kind', { kind: 'nothing' }, 400, 'kind'],
    ['a payload of another shape', { payload: { url: 'no' } }, 400, 'payload'],
    ['a payload that is no object', { payload: [] }, 400, 'payload'],
    ['a negative delay', { delayMs: -1 }, 400, 'delayMs'],
    ['a time in the past', { delayMs: undefined, runAt: '2020-01-01T00:00:00Z' }, 400, 'runAt'],
    ['a deadline before the delay ends', { deadlineMs: 10 }, 400, 'deadlineMs'],
    ['an unknown priority', { priority: 'asap' }, 400, 'priority'],
    ['an unknown queue', { queue: 'nowhere' }, 404, undefined],
    ['an unknown member', { retries: 3 }, 400, 'retries'],
    ['a payload over the limit', { payload: { ...hook.payload, data: 'x'.repeat(5_000_000) } }, 413, 'payload'],
  ])('refuses %s, clearly', async (_, fault, status, param) => {
    const reply = await call('POST', '/v1/jobs', { ...held, ...fault });
    expect(reply.status).toBe(status);
    expect(reply.body['param']).toBe(param);
  });

  it('knows nothing of other ids', async () => {
    for (const path of [
      `/v1/jobs/${unknownId}`,
      `/v1/jobs/${unknownId}/events`,
      '/v1/queues/nowhere',
      '/v1/schedules/none',
    ])
      expect(await call('GET', path)).toMatchObject({ status: 404 });
    expect(await call('DELETE', `/v1/jobs/${unknownId}`)).toMatchObject({ status: 404 });
    expect(await call('GET', '/v1/jobs/no-id')).toMatchObject({ status: 400 });
  });

  it('pauses and resumes a queue', async () => {
    expect(await call('POST', '/v1/queues/webhooks/pause')).toMatchObject({ status: 200, body: { paused: true } });
    const { body } = await call('POST', '/v1/jobs', hook);
    const path = `/v1/jobs/${String(body['id'])}`;
    expect((await call('GET', path)).body['status']).toBe('waiting');
    expect(await call('POST', '/v1/queues/webhooks/resume')).toMatchObject({ body: { paused: false } });
    await until('it to leave the queue', async () => (await call('GET', path)).body['status'] !== 'waiting');
    const all = (await call('GET', '/v1/queues')).body['data'] as { name: string }[];
    expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(['default', 'webhooks']));
    expect(await call('GET', '/v1/queues/default/dead-letters')).toMatchObject({
      body: { data: [], nextCursor: null },
    });
    expect(await call('DELETE', '/v1/queues/default/dead-letters')).toMatchObject({ body: { purged: 0 } });
    expect(await call('POST', `/v1/queues/default/dead-letters/${unknownId}/replay`)).toMatchObject({ status: 404 });
  });

  it('keeps schedules', async () => {
    const schedule = { cron: '0 3 * * *', timeZone: 'Europe/Berlin', kind: hook.kind, payload: hook.payload };
    const made = await call('PUT', '/v1/schedules/nightly', schedule);
    expect(made).toMatchObject({ status: 200, body: { name: 'nightly', missed: 'once', queue: 'webhooks' } });
    expect(await call('GET', '/v1/schedules/nightly')).toMatchObject({ status: 200, body: made.body });
    expect((await call('GET', '/v1/schedules')).body['data']).toEqual([made.body]);
    expect(await call('PUT', '/v1/schedules/x', { ...schedule, cron: 'never' })).toMatchObject({
      status: 400,
      body: { param: 'cron' },
    });
    expect(await call('PUT', '/v1/schedules/x', { ...schedule, timeZone: 'X' })).toMatchObject({ status: 400 });
    expect((await call('DELETE', '/v1/schedules/nightly')).status).toBe(204);
    expect((await call('DELETE', '/v1/schedules/nightly')).status).toBe(404);
  });
});
