import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { LocalServer, sendJson, sendStream, type Handler } from '../../../test/llm/local-server.js';
import { answers } from '../../../test/llm/completion-samples.js';
import { readText } from './answer-body.js';
import { completionChunks } from './completion-replay.js';
import { createUpstreams } from './create-upstreams.js';
import { readSse } from './sse-reader.js';
import type { UpstreamConfig } from './upstream-config.js';
import type { CompletionCall, UpstreamResponse } from './upstream-exchange.js';
import type { Upstreams } from './upstreams.js';

const secret = 'sk-live-0123456789abcdef';
const prompt = 'a prompt that nobody may see';
const open: { stop?(): Promise<void>; close?(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await (one.close?.() ?? one.stop?.());
});

async function serve(handler: Handler): Promise<LocalServer> {
  const server = await LocalServer.start(handler);
  open.push(server);
  return server;
}

function connect(upstreams: UpstreamConfig[], logger?: { info: () => void; warn: () => void }): Upstreams {
  const connected = createUpstreams({ upstreams, demo: false, ...(logger && { logger }) });
  open.push(connected);
  return connected;
}

function call(rest: Partial<CompletionCall> = {}): CompletionCall {
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: prompt }] });
  return { body, model: 'm', stream: false, signal: new AbortController().signal, ...rest };
}

async function textOf({ body }: UpstreamResponse): Promise<string> {
  return readText(body, 1_000_000);
}

async function faultOf(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  return promise.then(
    () => {
      throw new Error('no fault');
    },
    (error: Error) => error,
  );
}

const ok: Handler = (_request, response) => sendJson(response, 200, { id: 'x' });

async function nobodyListens(): Promise<string> {
  const server = await LocalServer.start(ok);
  const { url } = server;
  await server.stop();
  return url;
}

describe('a chat completion', () => {
  it('is sent as it is, with the configured key and headers, and without what concerns only the client', async () => {
    const server = await serve(ok);
    const upstreams = connect([{ name: 'a', url: server.url, apiKey: secret, headers: { 'X-Team': 't' } }]);
    const headers = {
      'content-length': '7',
      authorization: 'Bearer lk_x',
      cookie: 'c',
      'x-larder-user': 'u',
      'openai-beta': 'b',
      host: 'h',
    };
    const answer = await upstreams.complete(call({ headers }));
    expect(answer).toMatchObject({ status: 200, upstream: 'a' });
    expect(await textOf(answer)).toBe('{"id":"x"}');
    const [received] = server.requests;
    expect(received).toMatchObject({ method: 'POST', url: '/v1/chat/completions', body: call().body });
    expect(received?.headers).toMatchObject({ authorization: `Bearer ${secret}`, 'x-team': 't', 'openai-beta': 'b' });
    expect(received?.headers).not.toHaveProperty('cookie');
    expect(received?.headers).not.toHaveProperty('x-larder-user');
  });

  it('carries the client’s own key in passthrough', async () => {
    const server = await serve(ok);
    const upstreams = connect([{ name: 'a', url: server.url, apiKey: secret }]);
    await upstreams.complete(call({ authorization: 'Bearer theirs' }));
    expect(server.requests[0]?.headers.authorization).toBe('Bearer theirs');
  });

  it('hands on the answer’s headers but not those of the connection, cookies or account', async () => {
    const server = await serve((_request, response) =>
      sendJson(
        response,
        200,
        {},
        {
          'x-ratelimit-remaining-tokens': '7',
          'x-request-id': 'req_1',
          'set-cookie': 'a=b',
          'openai-organization': 'acme',
          'x-larder-cache': 'forged',
          connection: 'keep-alive, x-hop',
          'x-hop': '1',
        },
      ),
    );
    const { headers } = await connect([{ name: 'a', url: server.url }]).complete(call());
    expect(headers).toEqual({
      'content-type': 'application/json',
      'x-ratelimit-remaining-tokens': '7',
      'x-upstream-request-id': 'req_1',
    });
  });

  it('is decoded when upstream compresses all the same', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"id":"zipped"}'));
    });
    const answer = await connect([{ name: 'a', url: server.url }]).complete(call());
    expect(answer.headers).not.toHaveProperty('content-encoding');
    expect(await textOf(answer)).toBe('{"id":"zipped"}');
  });

  it('streams as it comes', async () => {
    const server = await serve((_request, response) =>
      sendStream(response, completionChunks(answers.text, { includeUsage: true })),
    );
    const answer = await connect([{ name: 'a', url: server.url }]).complete(call({ stream: true }));
    const events: string[] = [];
    for await (const { data } of readSse(answer.body)) events.push(data);
    expect(events.at(-1)).toBe('[DONE]');
    expect(events.slice(0, -1).map((data) => JSON.parse(data) as unknown)).toEqual([
      ...completionChunks(answers.text, { includeUsage: true }),
    ]);
  });

  it.each([
    ['[DONE]', 'data: [DONE]\n\n'],
    ['the last event of a response', 'event: response.completed\ndata: {}\n\n'],
  ])('leaves its connection to the next one when the reader stops at %s', async (_name, last) => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(last);
      setTimeout(() => response.end(), 30);
    });
    const upstreams = connect([{ name: 'a', url: server.url }]);
    for (let count = 0; count < 3; count++) {
      const { body } = await upstreams.complete(call({ stream: true }));
      for await (const { data } of readSse(body)) if (last.includes(data)) break;
      await once(body, 'close');
      // The body ends a moment before its connection is free.
      await sleep(20);
    }
    expect(server).toMatchObject({ connections: 1, brokenOff: [] });
  });

  it('is cut off when upstream does not end after [DONE]', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: [DONE]\n\n');
    });
    const { body } = await connect([{ name: 'a', url: server.url }]).complete(call({ stream: true }));
    for await (const { data } of readSse(body)) if (data === '[DONE]') break;
    await once(body, 'close');
    expect(body.destroyed).toBe(true);
  });

  it('is a 404 answer when nobody serves the model', async () => {
    const upstreams = connect([{ name: 'a', url: 'http://127.0.0.1:1', models: ['gpt-*'] }]);
    const answer = await upstreams.complete(call());
    expect(answer.status).toBe(404);
    expect(JSON.parse(await textOf(answer))).toMatchObject({ error: { param: 'model', code: 'model_not_found' } });
  });
});

describe('an error from upstream', () => {
  const errorOf = async (status: number, body: string, type = 'text/html'): Promise<Record<string, unknown>> => {
    const server = await serve(
      (_request, response) => void response.writeHead(status, { 'content-type': type }).end(body),
    );
    const answer = await connect([{ name: 'a', url: server.url, retries: 0, apiKey: secret }]).complete(call());
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    return (JSON.parse(await textOf(answer)) as { error: Record<string, unknown> }).error;
  };

  it('in OpenAI’s shape is handed on, with absent members as null', async () => {
    const body = JSON.stringify({ error: { message: 'bad', type: 'invalid_request_error', code: 'x', more: 1 } });
    expect(await errorOf(400, body)).toEqual({
      message: 'bad',
      type: 'invalid_request_error',
      param: null,
      code: 'x',
      more: 1,
    });
  });

  it.each([
    ['HTML of a proxy', 502, '<html>nginx 10.0.0.7</html>'],
    ['nothing', 503, ''],
    ['another JSON value', 500, '7'],
  ])('that is %s becomes a sentence', async (_what, status, body) => {
    expect(await errorOf(status, body)).toEqual({
      message: `upstream "a" answered with status ${status} and no readable error`,
      type: 'server_error',
      param: null,
      code: null,
    });
  });

  it.each([
    ['{"error":"no such model"}', 'no such model'],
    ['{"detail":"no such model"}', 'no such model'],
    ['{"object":"error","message":"no such model","code":404}', 'no such model'],
    ['[{"error":{"message":"no such model","code":404}}]', 'no such model'],
  ])('in another server’s shape is understood: %s', async (body, message) => {
    expect(await errorOf(404, body)).toMatchObject({ message, type: 'invalid_request_error', param: null });
  });

  it('never repeats the key', async () => {
    const body = JSON.stringify({ error: { message: `key ${secret} and sk-proj-ab***yz at https://me:pw@host/` } });
    expect(JSON.stringify(await errorOf(400, body))).not.toMatch(/sk-|me:pw/);
  });

  it('about Larder’s own key is not the client’s 401', async () => {
    const server = await serve((_request, response) => sendJson(response, 401, { error: { message: 'bad key' } }));
    const upstreams = connect([{ name: 'a', url: server.url, apiKey: secret }]);
    const answer = await upstreams.complete(call());
    expect(answer).toMatchObject({ status: 502, headers: { 'x-should-retry': 'false' } });
    expect(JSON.parse(await textOf(answer))).toMatchObject({ error: { code: 'upstream_unauthenticated' } });
    expect((await upstreams.complete(call({ authorization: 'Bearer theirs' }))).status).toBe(401);
    expect(server.requests).toHaveLength(2);
  });

  it('is a 502 when upstream redirects', async () => {
    const server = await serve((_request, response) => void response.writeHead(302, { location: 'http://else' }).end());
    expect((await connect([{ name: 'a', url: server.url, retries: 0 }]).complete(call())).status).toBe(502);
  });
});

describe('retries and fallbacks', () => {
  const failing = (times: number, status: number, headers: Record<string, string> = {}): Handler => {
    return (_request, response, count) =>
      count <= times
        ? sendJson(response, status, { error: { message: 'busy' } }, headers)
        : sendJson(response, 200, {});
  };

  it.each([429, 502, 503, 504])('ask again after %i', async (status) => {
    const server = await serve(failing(2, status, { 'retry-after-ms': '1' }));
    expect((await connect([{ name: 'a', url: server.url }]).complete(call())).status).toBe(200);
    expect(server.requests).toHaveLength(3);
  });

  it('give the last refusal as the answer, with its Retry-After', async () => {
    const server = await serve(failing(9, 429, { 'retry-after': '3600' }));
    const answer = await connect([{ name: 'a', url: server.url }]).complete(call());
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '3600' } });
    expect(server.requests).toHaveLength(1);
  });

  it.each([400, 403, 404, 409, 422])('take %i for the answer', async (status) => {
    const first = await serve(failing(9, status));
    const second = await serve(ok);
    const upstreams = connect([first, second].map(({ url }, place) => ({ name: `u${place}`, url })));
    expect((await upstreams.complete(call())).status).toBe(status);
    expect(first.requests).toHaveLength(1);
    expect(second.requests).toHaveLength(0);
  });

  it('ask the next upstream that serves the model, not one that does not', async () => {
    const first = await serve(failing(9, 500));
    const other = await serve(ok);
    const last = await serve(ok);
    const upstreams = connect([
      { name: 'first', url: first.url },
      { name: 'other', url: other.url, models: ['gpt-*'] },
      { name: 'last', url: last.url, models: ['m', 'n'] },
    ]);
    expect(await upstreams.complete(call())).toMatchObject({ status: 200, upstream: 'last' });
    expect([first, other, last].map(({ requests }) => requests.length)).toEqual([1, 0, 1]);
  });

  it('do not wait long for one upstream while another can answer', async () => {
    const first = await serve(failing(9, 429, { 'retry-after': '5' }));
    const second = await serve(ok);
    const upstreams = connect([first, second].map(({ url }, place) => ({ name: `u${place}`, url })));
    expect(await upstreams.complete(call())).toMatchObject({ status: 200, upstream: 'u1' });
  });

  it('follow a web page in place of an answer, which is no answer where nobody else can be asked', async () => {
    const page = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>log in</html>');
    });
    const server = await serve(ok);
    const others = [
      { name: 'a', url: page.url },
      { name: 'b', url: server.url },
    ];
    expect(await connect(others).complete(call())).toMatchObject({ status: 200, upstream: 'b' });
    const fault = await faultOf(connect([{ name: 'a', url: page.url }]).complete(call({ stream: true })));
    expect(fault).toMatchObject({ code: 'upstream_failed', message: 'upstream "a" answered with a web page' });
  });

  it.each([500, 503, 204, 200])('follow an answer %i without a body, streamed or not, at once', async (status) => {
    const empty = await serve((_request, response) => void response.writeHead(status, { 'content-length': 0 }).end());
    const upstreams = connect([{ name: 'a', url: empty.url, retries: 0 }]);
    for (const stream of [true, false]) {
      const answer = await upstreams.complete(call({ stream }));
      expect(answer.status).toBe(status);
      expect(await textOf(answer)).toMatch(status < 300 ? /^$/ : /"error"/);
    }
  });

  it('follow a connection that is refused, or reset before any byte', async () => {
    const resets = await serve((_request, response, count) => {
      if (count === 1) response.destroy();
      else sendJson(response, 200, {});
    });
    const upstreams = connect([
      { name: 'gone', url: await nobodyListens(), retries: 0 },
      { name: 'resets', url: resets.url },
    ]);
    expect(await upstreams.complete(call())).toMatchObject({ status: 200, upstream: 'resets' });
    expect(resets.requests).toHaveLength(2);
  });

  it('follow a stream that breaks off before its first byte', async () => {
    const server = await serve((_request, response, count) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      if (count === 1) setTimeout(() => response.destroy(), 20);
      else response.end('data: [DONE]\n\n');
    });
    const answer = await connect([{ name: 'a', url: server.url }]).complete(call({ stream: true }));
    expect(await textOf(answer)).toBe('data: [DONE]\n\n');
  });

  it('never follow an answer that has begun: it fails, and its fault names only the upstream', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {}\n\n');
      setTimeout(() => response.destroy(), 20);
    });
    const answer = await connect([{ name: 'a', url: server.url }]).complete(call({ stream: true }));
    const fault = await faultOf(textOf(answer));
    expect(fault).toMatchObject({ code: 'upstream_failed', message: 'upstream "a" broke the connection' });
    expect(server.requests).toHaveLength(1);
  });

  it('are refused at once while the breaker is open, and one line says so', async () => {
    const warn = jest.fn();
    const url = await nobodyListens();
    const upstreams = connect([{ name: 'gone', url, apiKey: secret, retries: 0 }], { info: jest.fn(), warn });
    for (let count = 0; count < 5; count++) {
      const unreachable = inspect(await faultOf(upstreams.complete(call())), { depth: 9, showHidden: true });
      expect([url, '127.0.0.1', secret, prompt].filter((hidden) => unreachable.includes(hidden))).toEqual([]);
    }
    const fault = await faultOf(upstreams.complete(call()));
    expect(fault).toMatchObject({ code: 'unavailable', status: 503 });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(JSON.stringify(warn.mock.calls)).not.toContain('127.0.0.1');
  });
});
