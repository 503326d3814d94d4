import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createService, LarderConfig, ServiceEnv } from '#service';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { WorkerModule } from '../worker.module.js';

jest.setTimeout(60_000);
let redis: RunningRedis;
let app: NestFastifyApplication;
let url: string;
let client: Redis;
const keyPrefix = `t${randomBytes(6).toString('hex')}`;

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
  const own = { redisUrl: redis.url, keyPrefix, logLevel: 'silent' };
  const options = { name: 'worker', defaultPort: 0, modules: [WorkerModule], rpc: 'local' } as const;
  app = await createService(options, Object.assign(new ServiceEnv(), own), new LarderConfig());
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterAll(async () => {
  client.disconnect();
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
const chat = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
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
    const last = (await events).text.trim().split('\n\n').at(-1);
    expect(last).toMatch(/^id: [0-9a-f]{16}\nevent: end\ndata: .*"status":"cancelled"/);
    const again = (heard: string) => call('GET', `${path}/events`, undefined, { 'last-event-id': heard });
    expect((await again('0'.repeat(16))).text.trim()).toBe(last);
    expect(await again(last!.slice(4, 20))).toMatchObject({ status: 204, text: '' });
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
    expect(refused).toMatchObject({ status: 400, body: { code: 'unknown_job_kind', param: 'jobs.1.kind' } });
    const keyed = await call('POST', '/v1/jobs/batch', { jobs: [held] }, { 'idempotency-key': 'k' });
    expect(keyed).toMatchObject({ status: 400, body: { param: 'idempotency-key' } });
  });

  it.each([
    ['an unknown kind', { kind: 'nothing' }, 400, 'kind'],
    ['a payload of another shape', { payload: { url: 'no' } }, 400, 'payload'],
    ['a payload that is no object', { payload: [] }, 400, 'payload'],
    ['a negative delay', { delayMs: -1 }, 400, 'delayMs'],
    ['a time in the past', { delayMs: undefined, runAt: '2020-01-01T00:00:00Z' }, 400, 'runAt'],
    ['a deadline before the delay ends', { deadlineMs: 10 }, 400, 'deadlineMs'],
    ['an unknown priority', { priority: 'asap' }, 400, 'priority'],
    ['an unknown queue', { queue: 'nowhere' }, 404, 'queue'],
    ['a time too far off', { delayMs: undefined, runAt: '9999-01-01T00:00:00Z' }, 400, 'runAt'],
    ['a user that is none', { userId: 'a\nb' }, 400, 'userId'],
    ['a chat without a model', { kind: 'chat', payload: { body: { messages: [{}] } } }, 400, 'payload'],
    ['a chat without messages', { kind: 'chat', payload: { body: { model: 'm' } } }, 400, 'payload'],
    [
      'options that are none',
      { kind: 'chat', payload: { body: chat, options: { authorization: 'x' } } },
      400,
      'payload',
    ],
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

  it('lists jobs by pages, and says what is wrong with a query', async () => {
    const { body } = await call('POST', '/v1/jobs/batch', { jobs: [held, held, held] });
    const made = (body['data'] as { id: string }[]).map(({ id }) => id);
    const first = await call('GET', '/v1/jobs?limit=2&status=delayed&kind=webhook&queue=webhooks');
    expect(first).toMatchObject({ status: 200, body: { nextCursor: expect.any(String) } });
    const second = await call('GET', `/v1/jobs?limit=1&cursor=${String(first.body['nextCursor'])}`);
    const found = [first, second].flatMap((page) => page.body['data'] as { id: string }[]).map(({ id }) => id);
    expect(found).toEqual(made.sort().reverse());
    for (const query of ['limit=0', 'limit=101', 'status=asleep', 'kind=a:b', 'cursor=none', 'order=asc']) {
      expect(await call('GET', `/v1/jobs?${query}`)).toMatchObject({ status: 400 });
    }
    expect(await call('GET', '/v1/jobs?queue=nowhere')).toMatchObject({ status: 404 });
  });

  it('keeps the trace that it was submitted in', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const submitted = await call('POST', '/v1/jobs', held, { traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    expect((await call('GET', `/v1/jobs/${String(submitted.body['id'])}`)).body['traceId']).toBe(traceId);
    const untraced = await call('POST', '/v1/jobs', held, { traceparent: 'nonsense' });
    const view = await call('GET', `/v1/jobs/${String(untraced.body['id'])}`);
    expect(view.body['traceId']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is ready while its queues are read, and not when one cannot be although Redis answers', async () => {
    const health = async () => (await call('GET', '/health/ready')).status;
    await until('it to be ready', async () => (await health()) === 200);
    const stream = `${keyPrefix}:queue:{default:0}:high`;
    await client.set(stream, 'no stream');
    await until('it to be unready', async () => (await health()) === 503, 20_000);
    expect((await call('GET', '/health/ready')).text).toContain('"jobs":{"message":"not consuming","status":"down"}');
    expect((await call('GET', '/metrics')).text).toContain('larder_jobs_consuming 0');
    await client.del(stream);
    await until('it to be ready again', async () => (await health()) === 200, 20_000);
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
