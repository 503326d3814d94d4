import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Webhook } from 'standardwebhooks';
import { createLog, createService, LarderConfig, ServiceEnv } from '#service';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { PermanentFailure, RetryAfter, type JobContext } from '../job/job-kind.js';
import { WebhookKind } from './webhook-kind.js';
import { WebhookModule } from './webhook.module.js';

jest.setTimeout(30_000);

let redis: RunningRedis;
let app: NestFastifyApplication;
let url: string;
let receiver: Server;
let hook: string;
let answers: { status: number; headers?: Record<string, string> }[];
let received: { body: string; headers: Record<string, string> }[];

async function call(method: string, path: string, body?: object) {
  const json = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(`${url}/v1/webhooks${path}`, { method, ...json });
  const text = await response.text();
  return { status: response.status, body: (text ? JSON.parse(text) : {}) as Record<string, string> };
}

const context: JobContext = {
  jobId: 'a'.repeat(32),
  tenant: 'default',
  caller: {},
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  submittedAt: Date.now(),
  attempt: 1,
  idempotencyKey: 'once',
  signal: AbortSignal.timeout(30_000),
  log: createLog('worker', 'silent'),
  lastProgress: null,
  progress: () => undefined,
};

const event = (more: object = {}) => ({ url: hook, type: 'job.succeeded', data: { id: 'j1' }, ...more });
const deliver = (more: object = {}) => app.get(WebhookKind, { strict: false }).handle(event(more), context);

beforeAll(async () => {
  redis = await startRedis();
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      received.push({ body, headers: request.headers as Record<string, string> });
      const { status, headers } = answers.shift() ?? { status: 204 };
      response.writeHead(status, headers).end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const keyPrefix = `t${randomBytes(6).toString('hex')}`;
  const own = { redisUrl: redis.url, keyPrefix, logLevel: 'silent', webhookNetworks: '127.0.0.0/8' };
  const options = { name: 'worker', defaultPort: 0, modules: [WebhookModule], rpc: 'local' } as const;
  app = await createService(options, Object.assign(new ServiceEnv(), own), new LarderConfig());
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});

afterAll(async () => {
  await app.close();
  receiver.closeAllConnections();
  receiver.close();
  await redis.stop();
});

beforeEach(() => {
  answers = [];
  received = [];
  hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/${randomBytes(6).toString('hex')}`;
});

const verified = (secret: string, at = 0) => new Webhook(secret).verify(received[at]!.body, received[at]!.headers);

describe('a registered webhook', () => {
  it('is signed with its own secret, and with the old one too while that is replaced', async () => {
    const { status, body } = await call('POST', '', { url: hook });
    expect(status).toBe(201);
    const secret = body['secret']!;
    expect(await deliver()).toEqual({ status: 204 });
    expect(verified(secret)).toMatchObject({ type: 'job.succeeded', data: { id: 'j1' } });
    expect(received[0]!.headers['webhook-id']).toBe('msg_once');
    const next = (await call('POST', `/${body['id']}/rotate`, {})).body['secret']!;
    await deliver();
    for (const each of [secret, next]) verified(each, 1);
    await call('POST', `/${body['id']}/rotate`, { overlapSeconds: 0 });
    await deliver();
    for (const each of [secret, next]) expect(() => verified(each, 2)).toThrow();
  });

  it('never shows its secret in lists', async () => {
    const { body } = await call('POST', '', { url: hook, description: 'shown' });
    const list = await call('GET', '');
    expect(JSON.stringify(list.body)).toContain('"description":"shown"');
    expect(JSON.stringify(list.body)).not.toContain('whsec_');
    expect((await call('GET', `/${body['id']}/secret`)).body['secret']).toBe(body['secret']);
  });

  it('gets only the events that it asked for', async () => {
    await call('POST', '', { url: hook, events: ['job.dead'] });
    expect(await deliver()).toMatchObject({ skipped: expect.any(String) });
    expect(await deliver({ type: 'job.dead' })).toEqual({ status: 204 });
    expect(received).toHaveLength(1);
  });

  it('that answers 410 gets nothing more until somebody says otherwise', async () => {
    const { body } = await call('POST', '', { url: hook });
    answers.push({ status: 410 });
    await expect(deliver()).rejects.toThrow(PermanentFailure);
    await expect(deliver()).rejects.toThrow(/disabled/);
    expect(received).toHaveLength(1);
    expect((await call('PATCH', `/${body['id']}`, { disabled: false })).body).toMatchObject({ disabled: false });
    expect(await deliver()).toEqual({ status: 204 });
  });

  it('is tried at once by its test', async () => {
    const { body } = await call('POST', '', { url: hook });
    expect((await call('POST', `/${body['id']}/test`)).body).toEqual({ delivered: true, status: 204 });
    answers.push({ status: 500 });
    expect((await call('POST', `/${body['id']}/test`)).body).toEqual({ delivered: false, status: 500 });
    expect(verified(body['secret']!)).toMatchObject({ type: 'webhook.test' });
  });

  it('can be removed, once', async () => {
    const { body } = await call('POST', '', { url: hook });
    expect((await call('DELETE', `/${body['id']}`)).status).toBe(204);
    expect((await call('DELETE', `/${body['id']}`)).status).toBe(404);
  });
});

describe('a webhook to an address that nobody registered', () => {
  it("is signed with the tenant's default secret", async () => {
    await deliver();
    verified((await call('GET', '/default/secret')).body['secret']!);
  });

  it('waits as long as its receiver says, and is repeated on any other refusal', async () => {
    answers.push({ status: 429, headers: { 'retry-after': '9' } }, { status: 500 });
    await expect(deliver()).rejects.toMatchObject({ constructor: RetryAfter, afterMs: 9_000 });
    await expect(deliver()).rejects.toThrow('The receiver answered 500.');
  });

  it('never goes to a private address that was not opened', async () => {
    await expect(deliver({ url: 'http://10.0.0.1/' })).rejects.toMatchObject({ code: 'webhook_address_refused' });
  });
});

describe('what is no webhook is refused', () => {
  it.each([
    ['no address', {}],
    ['another protocol', { url: 'ftp://example.com/' }],
    ['credentials', { url: 'https://user:secret@example.com/' }],
    ['an unknown event', { url: 'https://example.com/', events: ['job.begun'] }],
    ['an unknown member', { url: 'https://example.com/', secret: 'whsec_mine' }],
  ])('%s', async (_, body) => {
    expect((await call('POST', '', body)).status).toBe(400);
  });

  it('an id that is none, or of nobody', async () => {
    expect((await call('GET', '/nobody')).status).toBe(400);
    expect((await call('GET', `/${'0'.repeat(32)}`)).status).toBe(404);
  });
});
