import { afterEach, describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalServer, sendJson, type Handler } from '../../../test/llm/local-server.js';
import { readText } from './answer-body.js';
import { createUpstreams } from './create-upstreams.js';
import type { UpstreamConfig } from './upstream-config.js';
import { UpstreamConfigError } from './upstream-target.js';
import type { CompletionCall } from './upstream-exchange.js';
import type { Upstreams } from './upstreams.js';

const open: (() => Promise<void>)[] = [];

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

function call(rest: Partial<CompletionCall> = {}): CompletionCall {
  return { body: '{}', model: 'm', stream: false, signal: new AbortController().signal, ...rest };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

const silent: Handler = () => undefined;
const begins: Handler = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {}\n\n');
};

describe('a silent upstream', () => {
  it('ends a plain call when its time is over, and the next upstream is asked', async () => {
    const first = await serve(silent);
    const second = await serve((_request, response) => sendJson(response, 200, {}));
    const upstreams = connect({ name: 'a', url: first.url, timeoutMs: 60 }, { name: 'b', url: second.url });
    await expect(upstreams.complete(call())).resolves.toMatchObject({ status: 200, upstream: 'b' });
    await until(() => first.brokenOff.length === 1);
  });

  it('fails with a deadline when nobody else can be asked', async () => {
    const { url } = await serve(silent);
    const upstreams = connect({ name: 'a', url, timeoutMs: 60 });
    await expect(upstreams.complete(call())).rejects.toMatchObject({ code: 'deadline_exceeded', upstream: 'a' });
  });

  it.each([
    ['sends nothing', silent],
    ['sends headers only', ((_request, response) => response.writeHead(200).flushHeaders()) satisfies Handler],
  ])('ends a streamed call that does not begin in time: it %s', async (_what, handler) => {
    const server = await serve(handler);
    const upstreams = connect({ name: 'a', url: server.url, firstByteTimeoutMs: 60 });
    await expect(upstreams.complete(call({ stream: true }))).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await until(() => server.brokenOff.length === 1);
    expect(server.requests).toHaveLength(1);
  });

  it('breaks off a stream that stops between chunks, or that takes too long in all', async () => {
    const { url } = await serve(begins);
    for (const limit of [{ idleTimeoutMs: 60 }, { timeoutMs: 60 }]) {
      const { body } = await connect({ name: 'a', url, ...limit }).complete(call({ stream: true }));
      await expect(readText(body, 1_000)).rejects.toMatchObject({ code: 'deadline_exceeded' });
    }
  });
});

describe('a client that leaves', () => {
  it.each([true, false])('ends the upstream call before its answer (stream: %s)', async (stream) => {
    const server = await serve(silent);
    const client = new AbortController();
    const answer = connect({ name: 'a', url: server.url }).complete(call({ stream, signal: client.signal }));
    await until(() => server.requests.length === 1);
    client.abort(new Error('left'));
    await expect(answer).rejects.toThrow('left');
    await until(() => server.brokenOff.length === 1);
    expect(server.requests).toHaveLength(1);
  });

  it.each(['by its signal', 'by destroying the body'])(
    'ends the upstream call in the middle of a stream, %s',
    async (how) => {
      const server = await serve(begins);
      const client = new AbortController();
      const upstreams = connect({ name: 'a', url: server.url });
      const { body } = await upstreams.complete(call({ stream: true, signal: client.signal }));
      if (how === 'by its signal') client.abort();
      else body.destroy();
      await until(() => server.brokenOff.length === 1 && body.destroyed);
    },
  );

  it('ends the wait before a retry', async () => {
    const server = await serve((_request, response) => sendJson(response, 503, {}, { 'retry-after': '9' }));
    const client = new AbortController();
    const answer = connect({ name: 'a', url: server.url }).complete(call({ signal: client.signal }));
    await until(() => server.requests.length === 1);
    await sleep(20);
    client.abort(new Error('left'));
    await expect(answer).rejects.toThrow('left');
  });

  it('does not speak against the upstream', async () => {
    const server = await serve((_request, response, count) => (count > 6 ? sendJson(response, 200, {}) : undefined));
    const upstreams = connect({ name: 'a', url: server.url });
    for (let count = 1; count <= 6; count++) {
      const client = new AbortController();
      const answer = upstreams.complete(call({ signal: client.signal }));
      await until(() => server.requests.length === count);
      client.abort();
      await answer.catch(() => undefined);
    }
    await expect(upstreams.complete(call())).resolves.toMatchObject({ status: 200 });
  });
});

describe('configuration', () => {
  it('is refused by name with every fault and no value', () => {
    const refuse = (): unknown =>
      createUpstreams({
        demo: false,
        upstreams: [
          { name: 'one', url: 'ht!tp://hidden', apiKey: 'hidden\nkey' },
          { name: 'two', url: 'https://hidden:hidden@example.org/v1', timeoutMs: -1 },
          { name: 'two', url: 'ftp://hidden', headers: { 'bad name': 'hidden' } },
        ],
      });
    let thrown: unknown;
    try {
      refuse();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UpstreamConfigError);
    expect((thrown as UpstreamConfigError).faults).toEqual([
      'upstream "one": url must be an http or https URL',
      'upstream "one": apiKey has characters that no header may carry',
      'upstream "two": url must not carry credentials: use apiKey or headers',
      'upstream "two": timeoutMs must be whole milliseconds above zero',
      'upstream "two": url must be an http or https URL',
      'upstream "two": headers has a name or value that no header may carry',
      'upstream "two": name is used twice',
    ]);
    expect(inspect(thrown)).not.toContain('hidden');
  });

  it('is refused when nobody would answer', () => {
    expect(() => createUpstreams({ upstreams: [], demo: false })).toThrow('no upstream is configured');
  });
});
