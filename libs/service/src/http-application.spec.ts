import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Delete, Get, Post, Req } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Type } from 'class-transformer';
import { IsInt, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { ServiceError } from '#contracts';
import { Authenticator } from './authenticator.js';
import type { LarderRequest } from './body-parsing.js';
import { ServiceEnv } from './env.js';
import { createAdapter, prepareHttp } from './http-application.js';
import { ErrorFilter } from './http-error.filter.js';
import { createLog, Log } from './log.js';
import { Metrics } from './metrics.js';
import { CurrentPrincipal, Public, Roles, type Principal } from './principal.js';
import { RouteTable } from './request-hooks.js';
import { RolesGuard } from './roles.guard.js';
import { validation } from './validation.js';

class NoteAuthor {
  @IsOptional()
  @IsString()
  name?: string;
}

class NoteRequest {
  @IsString()
  text: string;

  @IsOptional()
  @ValidateNested({ each: true })
  @Type(() => NoteAuthor)
  authors?: NoteAuthor[];

  @IsOptional()
  @IsObject()
  metadata?: object;

  @IsInt()
  stars: number;
}

@Controller()
class ProbeController {
  @Post('v1/chat/completions')
  chat(@Req() request: LarderRequest) {
    const { body, rawBody } = request;
    return { body, raw: rawBody?.toString('utf8') ?? null, polluted: 'polluted' in {} };
  }

  @Post('v1/audio/transcriptions')
  async audio(@Req() request: LarderRequest) {
    return { streamed: request.body instanceof Readable, text: await text(request.body as Readable) };
  }

  @Post('v1/keys')
  note(@Body(validation) note: NoteRequest, @Req() request: LarderRequest) {
    return { note, raw: request.rawBody?.toString() ?? null };
  }

  @Get('v1/keys')
  who(@CurrentPrincipal() principal: Principal) {
    return principal;
  }

  @Roles('admin')
  @Delete('v1/keys/:id')
  forbidden() {
    return {};
  }

  @Public()
  @Get('open-door')
  door() {
    return { open: true };
  }

  @Get('v1/models')
  broken() {
    throw Object.assign(new Error('broken inside'), { command: { args: ['a prompt'] } });
  }

  @Get('v1/limits')
  refused() {
    throw new ServiceError('conflict', 'No', { param: 'x', faults: ['x is odd'], reason: 'odd' });
  }
}

const chatter: Principal = { tenant: 't', keyId: 'k', roles: ['chat'] };
const authenticator = {
  authenticate(authorization: string | undefined) {
    if (authorization === 'Bearer good') return chatter;
    if (authorization === 'Bearer slow') return Promise.resolve(chatter);
    if (authorization === 'Bearer away') return Promise.reject(new ServiceError('unavailable', 'Redis is unavailable'));
    throw new ServiceError('unauthenticated', 'An API key is needed');
  },
};
const lines: string[] = [];

async function start(openMode: boolean): Promise<NestFastifyApplication> {
  const env = Object.assign(new ServiceEnv(), openMode ? {} : { adminKey: 'administer' });
  const module = await Test.createTestingModule({
    controllers: [ProbeController],
    providers: [
      { provide: Authenticator, useValue: openMode ? { authenticate: () => chatter } : authenticator },
      { provide: Log, useValue: createLog('probe', 'info', { write: (line: string) => void lines.push(line) }) },
      { provide: RouteTable, useValue: new RouteTable() },
      { provide: Metrics, useValue: new Metrics() },
      { provide: APP_GUARD, useClass: RolesGuard },
      { provide: APP_FILTER, useClass: ErrorFilter },
    ],
  }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(createAdapter(), {
    bodyParser: false,
    logger: false,
  });
  prepareHttp(app, env);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return app;
}

interface Question {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly payload?: string | Buffer;
}

interface Answer {
  readonly statusCode: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  json<T = unknown>(): T;
}

/** Over a real socket, with whatever Host header: fetch would not let a test choose it. */
function send(app: NestFastifyApplication, { method, url, headers, payload }: Question): Promise<Answer> {
  const { port } = app.getHttpServer().address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ port, method, path: url, headers, agent: false }, (response) => {
      const { statusCode, headers: received } = response;
      text(response).then(
        (body) => resolve({ statusCode, headers: received, body, json: <T>() => JSON.parse(body) as T }),
        reject,
      );
    });
    outgoing.on('error', reject).end(payload);
  });
}

const authorization = 'Bearer good';
const json = { authorization, 'content-type': 'application/json' };

describe('a service that asks for keys', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    app = await start(false);
  });
  afterAll(() => app.close());
  beforeEach(() => void (lines.length = 0));

  const post = (url: string, payload: string, headers: Record<string, string> = json) =>
    send(app, { method: 'POST', url, payload, headers });
  const get = (url: string, headers: Record<string, string> = { authorization }) =>
    send(app, { method: 'GET', url, headers });

  it('lets a known key through, found at once or later', async () => {
    for (const key of ['Bearer good', 'Bearer slow']) {
      const answer = await get('/v1/keys', { authorization: key });
      expect(answer.json()).toEqual(chatter);
    }
  });

  it('refuses a request without a key, before it reads the body, in the shape of the path', async () => {
    const native = await post('/v1/keys', '{', { 'content-type': 'application/json' });
    expect(native.statusCode).toBe(401);
    expect(native.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(native.headers['content-type']).toMatch('application/problem+json');
    expect(native.json()).toMatchObject({ type: '/errors/unauthenticated', status: 401, code: 'invalid_api_key' });
    const openAi = await post('/v1/chat/completions', '{', { 'content-type': 'application/json' });
    expect(openAi.json()).toEqual({
      error: { message: 'An API key is needed', type: 'invalid_request_error', param: null, code: 'invalid_api_key' },
    });
  });

  it('answers 503 when the key cannot be judged', async () => {
    const answer = await get('/v1/keys', { authorization: 'Bearer away' });
    expect(answer.statusCode).toBe(503);
  });

  it('needs no key on public paths, and none to say that a path does not exist', async () => {
    expect((await get('/open-door', {})).json()).toEqual({ open: true });
    expect((await get('/open-door', { authorization: 'Bearer away' })).statusCode).toBe(200);
    expect((await get('/nowhere', {})).statusCode).toBe(404);
  });

  it('asks for the role of the handler', async () => {
    const answer = await send(app, { method: 'DELETE', url: '/v1/keys/1', headers: { authorization } });
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({ type: '/errors/forbidden', detail: expect.stringContaining('admin') });
  });

  it('gives an OpenAI path its parsed body and its bytes', async () => {
    const body = '{ "a": 1e2, "__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}} }';
    const answer = await post('/v1/chat/completions', body);
    expect(answer.statusCode).toBe(201);
    const reply = answer.json<{ raw: string; polluted: boolean; body: { a: number } }>();
    expect(reply).toMatchObject({ raw: body, polluted: false, body: { a: 100 } });
  });

  it('keeps no bytes elsewhere', async () => {
    const answer = await post('/v1/keys', '{"text":"x","stars":1}');
    expect(answer.json()).toEqual({ note: { text: 'x', stars: 1 }, raw: null });
  });

  it('hands other content types to OpenAI paths as a stream, and refuses them elsewhere', async () => {
    const audio = await post('/v1/audio/transcriptions', 'RIFF', { authorization, 'content-type': 'audio/wav' });
    expect(audio.json()).toEqual({ streamed: true, text: 'RIFF' });
    const form = await post('/v1/keys', 'a=1', { authorization, 'content-type': 'application/x-www-form-urlencoded' });
    expect(form.statusCode).toBe(415);
    expect(form.json()).toMatchObject({ type: '/errors/unsupported-media-type' });
  });

  it.each(['{"text": "secret prompt', 'secret prompt', '"\xff'])(
    'calls malformed JSON by its name only',
    async (body) => {
      const openAi = await post('/v1/chat/completions', body);
      const bytes = await send(app, {
        method: 'POST',
        url: '/v1/chat/completions',
        payload: Buffer.from(body, 'latin1'),
        headers: json,
      });
      for (const answer of [openAi, bytes]) {
        expect(answer.statusCode).toBe(400);
        expect(answer.json()).toMatchObject({ error: { type: 'invalid_request_error', param: null, code: null } });
        expect(answer.body).not.toContain('secret');
      }
      expect(lines).toEqual([]);
    },
  );

  it('lists every fault of a body, and no value of it', async () => {
    const answer = await post('/v1/keys', '{"text": 777, "stars": "many", "more": 1}');
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      type: '/errors/invalid-request',
      faults: expect.arrayContaining(['more is not known', 'text must be a string']),
    });
    expect(answer.json<{ faults: string[] }>().faults).toHaveLength(3);
    expect(answer.body).not.toMatch(/777|many/);
  });

  it('takes null for a member that is not given, except where the form is free', async () => {
    const note = { text: 't', stars: 1, authors: [{ name: null }, { name: 'n' }], metadata: { colour: null } };
    const answer = await post('/v1/keys', JSON.stringify(note));
    expect(answer.json()).toMatchObject({ note: { ...note, authors: [{}, { name: 'n' }] } });
    const without = await post('/v1/keys', JSON.stringify({ ...note, authors: null, metadata: null }));
    expect(without.json<{ note: object }>().note).toEqual({ text: 't', stars: 1 });
    expect((await post('/v1/keys', JSON.stringify({ ...note, text: null }))).statusCode).toBe(400);
  });

  it('is not fooled by the spelling of a path', async () => {
    for (const url of ['/v1/%6Beys', '/v1/ke%79s?x=1', '/v1//keys', '/V1/keys', '/v1/keys/']) {
      const answer = await post(url, 'text', { authorization, 'content-type': 'text/plain' });
      expect([404, 415]).toContain(answer.statusCode);
    }
  });

  it.each(['null', '5', '"text"', '[]', '[{"text":"x","stars":1}]', '{"text":"x","stars":{"__proto__":{"stars":1}}}'])(
    'refuses %s where an object is due',
    async (body) => {
      const answer = await post('/v1/keys', body);
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({ type: '/errors/invalid-request' });
    },
  );

  it('survives a body that is nested deeper than the stack', async () => {
    const answer = await post('/v1/keys', `{"more":${'['.repeat(200_000)}${']'.repeat(200_000)}}`);
    expect(answer.statusCode).toBe(400);
  });

  it('takes an empty JSON body for none', async () => {
    expect((await post('/v1/keys', '')).json()).toMatchObject({ status: 400 });
    expect((await post('/v1/chat/completions', '')).json()).toMatchObject({ raw: '' });
  });

  it('refuses bodies over 50 MiB', async () => {
    const answer = await post('/v1/chat/completions', ' '.repeat(50 * 1024 * 1024 + 1));
    expect(answer.statusCode).toBe(413);
    expect(answer.json()).toMatchObject({ error: { code: 'payload_too_large' } });
  });

  it('tells the methods of a path that was asked with another', async () => {
    const answer = await send(app, { method: 'PUT', url: '/v1/keys?x=1', headers: { authorization } });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers['allow']).toBe('GET, HEAD, POST');
    expect((await get('/v1/keys/a/b')).statusCode).toBe(404);
  });

  it.each([
    [400, 'GET / HTTP/1.1\r\nhost: x\r\nx-a: a\u0001b\r\n\r\n'],
    [431, `GET / HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(20_000)}\r\n\r\n`],
  ])('refuses with a problem (%i) what is not even HTTP', async (status, bytes) => {
    const { port } = app.getHttpServer().address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.write(bytes);
    const [head, body] = (await text(socket)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*application/problem\\+json`));
    expect(JSON.parse(body!)).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
    expect(lines).toEqual([]);
  });

  it('refuses a malformed URL in the shape of the path', async () => {
    const answer = await get('/v1/models/%zz');
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toHaveProperty('error.type', 'invalid_request_error');
  });

  it('carries what a ServiceError says', async () => {
    const answer = await get('/v1/limits', { authorization, 'x-request-id': 'mine' });
    expect(answer.json()).toEqual({
      type: '/errors/conflict',
      title: 'Conflict',
      status: 409,
      detail: 'No',
      code: 'odd',
      requestId: 'mine',
      param: 'x',
      faults: ['x is odd'],
    });
  });

  it('hides an unknown fault, and logs it once under the id of the request', async () => {
    const answer = await get('/v1/models');
    const id = String(answer.headers['x-request-id']);
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toMatchObject({ error: { type: 'server_error', message: `internal error (request ${id})` } });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'error', requestId: id, error: { message: 'broken inside' } });
    expect(lines[0]).not.toContain('a prompt');
  });

  it('takes over a fit request id and replaces an unfit one', async () => {
    expect((await get('/open-door', { 'x-request-id': 'abc-1' })).headers['x-request-id']).toBe('abc-1');
    expect((await get('/open-door', { 'x-request-id': 'a b<c' })).headers['x-request-id']).toMatch(/^[\w-]{36}$/);
  });

  it('counts requests by route, refusals and unknown paths too', async () => {
    await get('/v1/keys', {});
    await get('/secret/path');
    const metrics = await app.get(Metrics).registry.metrics();
    expect(metrics).toMatch(/duration_seconds_count\{method="GET",route="\/v1\/keys",status="401"\} \d/);
    expect(metrics).toMatch(/route="unmatched",status="404"/);
    expect(metrics).not.toContain('secret');
  });
});

describe('an open service', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    app = await start(true);
  });
  afterAll(() => app.close());

  it('refuses what another page or a proxy sends, in the shape of the path', async () => {
    const foreign = await send(app, { method: 'GET', url: '/v1/keys', headers: { host: 'evil.example' } });
    expect(foreign.statusCode).toBe(403);
    expect(foreign.json()).toMatchObject({ type: '/errors/forbidden' });
    const headers = { host: 'localhost', 'content-type': 'text/plain' };
    const form = await send(app, { method: 'POST', url: '/v1/audio/transcriptions', payload: '{}', headers });
    expect(form.statusCode).toBe(415);
    expect(form.json()).toHaveProperty('error.code', 'unsupported_media_type');
  });

  it('takes JSON, with a character set too', async () => {
    const headers = { host: 'localhost', 'content-type': 'application/json; charset=utf-8' };
    const answer = await send(app, { method: 'POST', url: '/v1/chat/completions', payload: '{}', headers });
    expect(answer.statusCode).toBe(201);
  });

  it('guards paths that do not exist as well', async () => {
    const answer = await send(app, { method: 'GET', url: '/nowhere', headers: { host: 'evil.example' } });
    expect(answer.statusCode).toBe(403);
  });
});
