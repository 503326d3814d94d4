import { afterEach, describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { LocalServer, sendJson, type Handler } from '../../../test/llm/local-server.js';
import { createUpstreams } from './create-upstreams.js';
import type { UpstreamConfig } from './upstream-config.js';
import type { ForwardCall } from './upstream-exchange.js';
import type { Upstreams } from './upstreams.js';

const open: (() => Promise<void>)[] = [];
const { signal } = new AbortController();

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function serve(handler: Handler): Promise<LocalServer> {
  const server = await LocalServer.start(handler);
  open.push(() => server.stop());
  return server;
}

function connect(...upstreams: UpstreamConfig[]): Upstreams {
  const connected = createUpstreams({ upstreams, demo: false });
  open.push(() => connected.close());
  return connected;
}

function call(rest: Partial<ForwardCall> = {}): ForwardCall {
  return { method: 'GET', path: '/v1/files', headers: {}, body: null, signal, ...rest };
}

describe('passing a request through', () => {
  it('keeps method, path, query, body and type, and puts the configured key in place of the client’s', async () => {
    const server = await serve((_request, response) => sendJson(response, 201, { object: 'file' }));
    const upstreams = connect({ name: 'a', url: server.url, apiKey: 'sk-123456' });
    const answer = await upstreams.forward(
      call({
        method: 'POST',
        path: '/v1/embeddings',
        query: 'a=1&b=%20',
        headers: { 'content-type': 'text/plain', authorization: 'Bearer lk_mine', 'idempotency-key': 'k' },
        body: Readable.from([Buffer.from('one '), Buffer.from('two')]),
      }),
    );
    expect(answer).toMatchObject({ status: 201, upstream: 'a' });
    const [received] = server.requests;
    expect(received).toMatchObject({ method: 'POST', url: '/v1/embeddings?a=1&b=%20', body: 'one two' });
    expect(received?.headers).toMatchObject({ 'content-type': 'text/plain', authorization: 'Bearer sk-123456' });
    expect(received?.headers).not.toHaveProperty('idempotency-key');
  });

  it('puts the path below the upstream’s own base path and query', async () => {
    const server = await serve((_request, response) => sendJson(response, 200, {}));
    const url = server.url.replace('/v1', '/proxy/openai/?api-version=3');
    await connect({ name: 'a', url }).forward(call({ query: 'limit=2' }));
    await connect({ name: 'b', url: server.url.replace('/v1', '') }).forward(call());
    expect(server.requests.map((request) => request.url)).toEqual([
      '/proxy/openai/files?api-version=3&limit=2',
      '/v1/files',
    ]);
  });

  it('keeps a compressed answer as it is', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('bytes'));
    });
    const answer = await connect({ name: 'a', url: server.url }).forward(call());
    expect(answer.headers['content-encoding']).toBe('gzip');
    const parts: Buffer[] = [];
    for await (const part of answer.body as AsyncIterable<Buffer>) parts.push(part);
    expect(gunzipSync(Buffer.concat(parts)).toString()).toBe('bytes');
  });

  it('does not blame the upstream for an upload that breaks off', async () => {
    const server = await serve((_request, response) => sendJson(response, 200, {}));
    const upstreams = connect({ name: 'a', url: server.url });
    for (let count = 0; count < 6; count++) {
      const body = Readable.from(
        (async function* (): AsyncGenerator<Buffer> {
          yield Buffer.from('a');
          throw new Error('left');
        })(),
      );
      const upload = upstreams.forward(call({ method: 'POST', body, headers: { 'content-length': '5' } }));
      await expect(upload).rejects.toMatchObject({ code: 'invalid_request' });
    }
    await expect(upstreams.forward(call())).resolves.toMatchObject({ status: 200 });
  });

  it.each(['/v1/../admin', '/v1/%2e%2E/admin', '/v1/a/./b', '/v1\\..\\admin', '/admin', '/v1/a?b', '/v1/a b'])(
    'refuses a path that climbs out or is none: %s',
    async (path) => {
      const server = await serve((_request, response) => sendJson(response, 200, {}));
      await expect(connect({ name: 'a', url: server.url }).forward(call({ path }))).rejects.toMatchObject({
        code: 'not_found',
      });
      expect(server.requests).toHaveLength(0);
    },
  );
});

describe('the list of models', () => {
  const listing = (...ids: string[]): Handler => {
    return (_request, response) => sendJson(response, 200, { data: ids.map((id) => ({ id, object: 'model' })) });
  };
  const idsOf = async (upstreams: Upstreams, authorization?: string): Promise<string[]> =>
    (await upstreams.listModels(signal, authorization)).map(({ id }) => id);

  it('is merged, limited to what each upstream is asked for, and asked for once', async () => {
    const first = await serve(listing('gpt-1', 'whisper', 'same-gpt'));
    const second = await serve(listing('llama', 'same-gpt'));
    const upstreams = connect({ name: 'a', url: first.url, models: ['*gpt*'] }, { name: 'b', url: second.url });
    expect(await Promise.all([idsOf(upstreams), idsOf(upstreams)])).toEqual([
      ['gpt-1', 'same-gpt', 'llama'],
      ['gpt-1', 'same-gpt', 'llama'],
    ]);
    expect([first, second].map(({ requests }) => requests.length)).toEqual([1, 1]);
  });

  it('survives an upstream that is down, whose configured names are still known', async () => {
    const up = await serve(listing('llama'));
    const down = await serve((_request, response) => void response.writeHead(500).end());
    const upstreams = connect(
      { name: 'down', url: down.url, models: ['gpt-9', 'gpt-*'] },
      { name: 'silent', url: down.url },
      { name: 'up', url: up.url },
    );
    expect(await idsOf(upstreams)).toEqual(['gpt-9', 'llama']);
  });

  it('fails when nobody can list, and asks again next time', async () => {
    const server = await serve((request, response, count) => {
      if (count === 1) response.writeHead(500).end();
      else void listing('m')(request, response, count);
    });
    const upstreams = connect({ name: 'a', url: server.url });
    await expect(idsOf(upstreams)).rejects.toMatchObject({ code: 'upstream_failed' });
    expect(await idsOf(upstreams)).toEqual(['m']);
  });

  it('is refused to a client whose own key is not accepted', async () => {
    const server = await serve((_request, response) => sendJson(response, 401, {}));
    const upstreams = connect({ name: 'a', url: server.url });
    await expect(idsOf(upstreams, 'Bearer theirs')).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(idsOf(upstreams)).rejects.toMatchObject({ code: 'upstream_failed' });
  });

  it('is asked for with the client’s own key in passthrough, and then not kept', async () => {
    const server = await serve(listing('m'));
    const upstreams = connect({ name: 'a', url: server.url });
    await idsOf(upstreams, 'Bearer one');
    await idsOf(upstreams, 'Bearer two');
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer two']);
  });
});
