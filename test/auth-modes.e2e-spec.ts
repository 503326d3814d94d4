import { describe, expect, it } from '@jest/globals';
import { nothingLeaked } from './behaviours/operations.js';
import { theOfficialClientWorks } from './behaviours/openai-client.js';
import { expectOpenAiError, expectProblem } from './larder/error-shapes.js';
import { send } from './larder/http.js';
import { chatBody, eventually, useSuite } from './larder/suite.js';
import { startRedis } from './redis/index.js';

const cacheOf = (reply: { headers: Readonly<Record<string, string>> }) => reply.headers['x-larder-cache'];

describe('open: no keys, this machine only', () => {
  const current = useSuite({ topology: 'standalone', auth: 'open', redis: () => startRedis() });
  const ask = (headers: Record<string, string>, body: object = chatBody()) =>
    send(`${current().larder.url}/v1/chat/completions`, { body, headers });

  it('answers whatever key the client sends, or none, from one cache', async () => {
    const body = chatBody();
    const replies = [await ask({}, body), await ask({ authorization: 'Bearer sk-any' }, body)];
    expect(replies.map(cacheOf)).toEqual(['miss', 'hit-exact']);
    expect((await send(`${current().larder.url}/v1/tenants`)).status).toBe(200);
  });

  it.each([
    ['a foreign Host', { host: 'evil.example' }],
    ['a Host that merely begins like ours', { host: '127.0.0.1.evil.example' }],
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['an opaque Origin', { origin: 'null' }],
    ['a Forwarded header', { forwarded: 'for=10.0.0.1' }],
    ['an X-Forwarded-For header', { 'x-forwarded-for': '10.0.0.1' }],
    ['a form', { 'content-type': 'text/plain' }],
    ['a body without a type', { 'content-type': '' }],
  ])('refuses %s', async (_name, headers) => {
    const { larder, upstream } = current();
    const before = upstream.calls.length;
    const reply = await ask(headers);
    expect([403, 415]).toContain(reply.status);
    expectOpenAiError(reply, reply.status);
    const native = await send(`${larder.url}/v1/tenants`, { body: { id: 'forged' }, headers });
    expectProblem(native, native.status);
    expect([403, 415]).toContain(native.status);
    expect(upstream.calls.length).toBe(before);
  });

  it('answers a page of this machine', async () => {
    expect((await ask({ origin: 'http://localhost:3000' })).status).toBe(200);
  });
});

describe('passthrough: the client brings its own upstream key', () => {
  const current = useSuite({ topology: 'split', auth: 'passthrough', redis: () => startRedis() });
  const [alice, bob] = ['sk-alice-5f0e7d2c9b', 'sk-bob-8a1c3e5f70'];
  const ask = (key: string, body: object) =>
    send(`${current().larder.url}/v1/chat/completions`, { body, headers: { authorization: `Bearer ${key}` } });

  it('forwards the key, and keeps the answers of different keys apart', async () => {
    const { larder, upstream } = current();
    larder.secrets.push(alice, bob);
    larder.upstreamSecrets.push(alice, bob);
    const body = chatBody();
    const replies = [await ask(alice, body), await ask(alice, body), await ask(bob, body)];
    expect(replies.map(cacheOf)).toEqual(['miss', 'hit-exact', 'miss']);
    const calls = upstream.chatCalls({ containing: body.messages[0]!.content });
    expect(calls.map((call) => call.headers.authorization)).toEqual([`Bearer ${alice}`, `Bearer ${bob}`]);
  });

  it('tells upstream which organization and project a key is to use', async () => {
    const { larder, upstream } = current();
    const body = chatBody();
    const headers = { authorization: `Bearer ${alice}`, 'openai-organization': 'org-1', 'openai-project': 'proj-1' };
    expect((await send(`${larder.url}/v1/chat/completions`, { body, headers })).status).toBe(200);
    const [call] = upstream.chatCalls({ containing: body.messages[0]!.content });
    expect(call!.headers).toMatchObject({ 'openai-organization': 'org-1', 'openai-project': 'proj-1' });
  });

  it('never spends its own upstream key on the work of a client that has gone', async () => {
    const { larder, upstream } = current();
    const body = chatBody();
    const headers = { authorization: `Bearer ${alice}` };
    const order = { kind: 'chat', payload: { body } };
    const { id } = (await send(`${larder.urlOf('worker')}/v1/jobs`, { body: order, headers })).json<{ id: string }>();
    await eventually(async () => {
      const job = (await send(`${larder.urlOf('worker')}/v1/jobs/${id}`, { headers })).json();
      expect(job).toMatchObject({ status: 'failed', error: { code: 'no_upstream_key' } });
    });
    expect(upstream.chatCalls({ containing: body.messages[0]!.content })).toEqual([]);
  });

  it('refuses a request without any key, and gives no client the admin role', async () => {
    const { larder } = current();
    expectOpenAiError(await send(`${larder.url}/v1/chat/completions`, { body: chatBody() }), 401);
    const headers = { authorization: `Bearer ${alice}` };
    expectProblem(await send(`${larder.url}/v1/keys`, { headers }), 403);
    expect((await larder.admin('/v1/keys')).status).toBe(200);
  });

  it('passes an upstream refusal of the key on', async () => {
    const { upstream } = current();
    const model = upstream.newModel({
      status: 401,
      error: { message: 'wrong', type: 'x', param: null, code: 'invalid_api_key' },
    });
    const reply = await ask(alice, { ...chatBody(), model });
    expect(expectOpenAiError(reply, 401).code).toBe('invalid_api_key');
  });

  theOfficialClientWorks(() => {
    const { larder, upstream } = current();
    return { baseURL: `${larder.url}/v1`, apiKey: alice, upstream };
  });

  nothingLeaked(current);
});
