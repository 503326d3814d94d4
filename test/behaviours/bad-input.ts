import { describe, expect, it } from '@jest/globals';
import { expectOpenAiError, expectProblem } from '../larder/error-shapes.js';
import { send } from '../larder/http.js';
import { chatBody, freshPrompt, promptMarker, type CurrentSuite } from '../larder/suite.js';

const mebibyte = 1024 * 1024;

/** A chat body of exactly that many bytes, most of them an image. */
function bodyOfSize(bytes: number, prompt: string): Buffer {
  const image = (data: string) => ({ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } });
  const withImage = (data: string) =>
    JSON.stringify({
      model: 'stand-in',
      messages: [{ role: 'user', content: [{ type: 'text', text: prompt }, image(data)] }],
    });
  return Buffer.from(withImage('A'.repeat(bytes - withImage('').length)));
}

/** What is wrong gets a clear 4xx in the shape of its path, and never reaches upstream. */
export function badInputIsRefusedClearly(current: CurrentSuite): void {
  describe('bad input', () => {
    badChatBodies(current);
    badChatHeaders(current);
    sizes(current);
    badNativeRequests(current);
    forgedIdentifiers(current);
  });
}

function badChatBodies(current: CurrentSuite): void {
  const messages = [{ role: 'user', content: `${promptMarker} in a bad request` }];
  const bodies: [string, object | string][] = [
    ['malformed JSON', '{"model": "stand-in", "messages": ['],
    ['an empty body', ''],
    ['an array', []],
    ['a bare string', '"hello"'],
    ['null', 'null'],
    ['no model', { messages }],
    ['a model that is no string', { model: 7, messages }],
    ['no messages', { model: 'stand-in' }],
    ['messages that are no array', { model: 'stand-in', messages: 'hello' }],
    ['no message at all', { model: 'stand-in', messages: [] }],
    ['a message that is no object', { model: 'stand-in', messages: ['hello'] }],
    ['a message without a role', { model: 'stand-in', messages: [{ content: 'hello' }] }],
    ['stream that is no boolean', { model: 'stand-in', messages, stream: 'yes' }],
    ['cache options of the wrong type', { model: 'stand-in', messages, cache: { ttl: 'long' } }],
    ['cache options that are no object', { model: 'stand-in', messages, cache: 'no' }],
    ['a namespace that is no text', { model: 'stand-in', messages, cache: { namespace: 5 } }],
  ];
  it.each(bodies)('refuses %s with 400', async (_name, body) => {
    const { larder, upstream } = current();
    const before = upstream.calls.length;
    const error = expectOpenAiError(
      await larder.chat(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))),
      400,
    );
    expect(error.type).toBe('invalid_request_error');
    expect(JSON.stringify(error)).not.toContain(promptMarker);
    expect(upstream.calls.length).toBe(before);
  });

  it('names the member that is wrong', async () => {
    const { larder } = current();
    const error = expectOpenAiError(await larder.chat({ model: 'stand-in', messages: [{ content: 'hello' }] }), 400);
    expect(error.param).toMatch(/^messages/);
  });

  it('answers 404 model_not_found for a model that nobody serves', async () => {
    const { larder } = current();
    const error = expectOpenAiError(await larder.chat(chatBody(freshPrompt(), { model: 'no-such-model' })), 404);
    expect(error.code).toBe('model_not_found');
  });

  it('refuses a body that is not JSON by its type', async () => {
    const { larder } = current();
    const reply = await larder.chat(Buffer.from('model=stand-in'), {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect([400, 415]).toContain(reply.status);
    expectOpenAiError(reply, reply.status);
  });
}

function badChatHeaders(current: CurrentSuite): void {
  it.each([
    ['x-larder-cache-ttl', 'soon'],
    ['x-larder-cache-ttl', '-5'],
    ['x-larder-cache-ttl', '99999999999'],
    ['x-larder-cache-mode', 'sometimes'],
    ['x-larder-cache-threshold', '1.5'],
    ['x-larder-cache-threshold', 'NaN'],
    ['x-larder-cache-tags', 'one,,two'],
    ['x-larder-cache-tags', Array.from({ length: 21 }, (_, index) => `tag-${index}`).join(',')],
    ['x-larder-user', 'u'.repeat(513)],
    ['x-larder-replay-rate', 'fast'],
    ['x-larder-cache-id', 'a:b'],
    ['x-larder-cache-id', '../../etc'],
    ['x-larder-cache-id', 'x'.repeat(200)],
    ['x-larder-cache-id', 'larder}{0'],
    ['x-larder-cache-attributes', 'no equals sign'],
    ['x-larder-cache-attributes', 'a:b*=c'],
  ])('refuses %s: %s with 400', async (header, value) => {
    const { larder, upstream } = current();
    const body = chatBody();
    expectOpenAiError(await larder.chat(body, { [header]: value }), 400);
    expect(upstream.chatCalls({ containing: body.messages[0]!.content })).toHaveLength(0);
  });
}

function sizes(current: CurrentSuite): void {
  it('takes 50 MiB with images, cached like any other', async () => {
    const { larder, upstream } = current();
    const prompt = freshPrompt('a large picture');
    const body = bodyOfSize(50 * mebibyte, prompt);
    const [first, second] = [await larder.chat(body), await larder.chat(body)];
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.headers['x-larder-cache']).toBe('hit-exact');
    expect(upstream.chatCalls({ containing: prompt }).map((call) => call.text.length)).toEqual([body.length]);
    upstream.calls.length = 0;
  });

  it('refuses 51 MiB with 413', async () => {
    const { larder } = current();
    expectOpenAiError(await larder.chat(bodyOfSize(51 * mebibyte, freshPrompt())), 413);
  });
}

function badNativeRequests(current: CurrentSuite): void {
  it.each([
    ['malformed JSON', 'POST', '/v1/tenants', '{"id":', 400],
    ['a tenant id with a separator', 'POST', '/v1/tenants', { id: 'a:b' }, 400],
    ['a tenant id of the wrong type', 'POST', '/v1/tenants', { id: 5 }, 400],
    ['an unknown role', 'POST', '/v1/keys', { tenant: 'acme', roles: ['emperor'] }, 400],
    ['roles of the wrong type', 'POST', '/v1/keys', { tenant: 'acme', roles: 'chat' }, 400],
    ['an expiry that is no time', 'POST', '/v1/keys', { tenant: 'acme', expiresAt: 'tomorrow' }, 400],
    ['a key that does not exist', 'DELETE', '/v1/keys/nokey', undefined, 404],
    ['a tenant that does not exist', 'GET', '/v1/tenants/nobody', undefined, 404],
    ['a method that the path does not have', 'PUT', '/v1/tenants', {}, 405],
    ['a page size beyond reason', 'GET', '/v1/keys?tenant=acme&limit=-1', undefined, 400],
  ] as const)('answers %s with a problem', async (_name, method, path, body, status) => {
    const { larder } = current();
    expectProblem(await larder.admin(path, { method, body }), status);
  });

  it.each([
    ['PUT', '/v1/caches/some-cache', { ttlSeconds: 'long' }],
    ['PUT', '/v1/caches/some-cache', { ttlSeconds: -1 }],
    ['PUT', '/v1/caches/a:b', { ttlSeconds: 60 }],
    ['GET', '/v1/caches/some-cache/stats?from=yesterday', undefined],
  ] as const)('answers %s %s with a problem', async (method, path, body) => {
    const { larder } = current();
    expectProblem(await larder.cacheRest(path, { method, body }), 400);
  });

  it('answers an unknown path in the shape of its neighbours', async () => {
    const { larder } = current();
    expectProblem(
      await send(`${larder.url}/nowhere`, { headers: { authorization: `Bearer ${larder.adminKey}` } }),
      404,
    );
    expectProblem(await larder.cacheRest('/v1/caches/some-cache/nowhere'), 404);
  });
}

function forgedIdentifiers(current: CurrentSuite): void {
  it.each(['%0d%0aset-cookie:%20a=b', 'a%00b', 'a%3Ab', '..%2f..', '%7Bx%7D', '*'])(
    'refuses %s as an id',
    async (id) => {
      const { larder } = current();
      const cache = await larder.cacheRest(`/v1/caches/${id}`);
      const key = await larder.admin(`/v1/keys/${id}`, { method: 'DELETE' });
      expect(cache.headers['set-cookie']).toBeUndefined();
      for (const reply of [cache, key]) {
        expect([400, 404]).toContain(reply.status);
        expectProblem(reply, reply.status);
      }
    },
  );

  it('repeats a request id only when it is harmless', async () => {
    const { larder } = current();
    const ask = async (id: string) => (await larder.chat(chatBody(), { 'x-request-id': id })).headers['x-request-id'];
    expect(await ask('trace-1.2_3')).toBe('trace-1.2_3');
    for (const id of ['has space', 'x'.repeat(300), '<script>', 'a;b']) {
      const answered = await ask(id);
      expect(answered).toMatch(/^[A-Za-z0-9_.-]{1,128}$/);
      expect(answered).not.toBe(id);
    }
  });
}
