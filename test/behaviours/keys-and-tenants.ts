import { describe, expect, it } from '@jest/globals';
import type OpenAI from 'openai';
import { expectOpenAiError, expectProblem } from '../larder/error-shapes.js';
import { send } from '../larder/http.js';
import { chatBody, eventually, freshPrompt, type CurrentSuite } from '../larder/suite.js';

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** Who may ask, and that nobody sees what belongs to somebody else. */
export function keysGuardAndTenantsAreApart(current: CurrentSuite): void {
  describe('keys and tenants', () => {
    tenants(current);
    keys(current);
    roles(current);
    boundaries(current);
  });
}

function tenants(current: CurrentSuite): void {
  it('creates, shows, lists and deletes tenants', async () => {
    const { larder } = current();
    const created = await larder.admin('/v1/tenants', { body: { id: 'short-lived', name: 'Short Lived' } });
    expect(created.status).toBe(201);
    expect((await larder.admin('/v1/tenants/short-lived')).json()).toMatchObject({
      id: 'short-lived',
      name: 'Short Lived',
    });
    expect((await larder.admin('/v1/tenants')).json<{ data: { id: string }[] }>().data.map((each) => each.id)).toEqual(
      expect.arrayContaining(['acme', 'short-lived']),
    );
    expectProblem(await larder.admin('/v1/tenants', { body: { id: 'short-lived' } }), 409);
    expect((await larder.admin('/v1/tenants/short-lived', { method: 'DELETE' })).status).toBe(204);
    expectProblem(await larder.admin('/v1/tenants/short-lived'), 404);
  });
}

function keys(current: CurrentSuite): void {
  it('shows the secret of a key once and never again', async () => {
    const { larder } = current();
    const created = await larder.createKey({ name: 'shown once' });
    const secret = created.key.split('_').slice(2).join('_');
    const list = await larder.admin('/v1/keys?tenant=acme&limit=100');
    expect(list.json<{ data: { id: string }[] }>().data.map((each) => each.id)).toContain(created.id);
    expect(secret.length).toBeGreaterThanOrEqual(32);
    expect(list.text).not.toContain(secret);
  });

  it('pages through keys by an opaque cursor', async () => {
    const { larder } = current();
    await larder.createTenant('many-keys');
    const made = new Set<string>();
    for (let index = 0; index < 5; index += 1) made.add((await larder.createKey({ tenant: 'many-keys' })).id);
    const seen: string[] = [];
    let cursor = '';
    do {
      const reply = await larder.admin(`/v1/keys?tenant=many-keys&limit=2${cursor && `&cursor=${cursor}`}`);
      const page = reply.json<{ data: { id: string }[]; nextCursor?: string | null }>();
      expect(page.data.length).toBeLessThanOrEqual(2);
      seen.push(...page.data.map((each) => each.id));
      cursor = encodeURIComponent(page.nextCursor ?? '');
    } while (cursor !== '');
    expect(seen.sort()).toEqual([...made].sort());
  });

  it('takes a new key at once, and refuses it soon after it was revoked', async () => {
    const { larder } = current();
    const { id, key } = await larder.createKey();
    for (const gateway of larder.gateways.keys()) {
      expect((await larder.chat(chatBody(), bearer(key), gateway)).status).toBe(200);
    }
    expect((await larder.admin(`/v1/keys/${id}`, { method: 'DELETE' })).status).toBe(204);
    await eventually(async () => {
      for (const gateway of larder.gateways.keys()) {
        expect((await larder.chat(chatBody(), bearer(key), gateway)).status).toBe(401);
      }
    });
  });

  it('refuses a key after it expired', async () => {
    const { larder } = current();
    const { key } = await larder.createKey({ expiresAt: new Date(Date.now() + 3_000).toISOString() });
    await eventually(async () => expectOpenAiError(await larder.chat(chatBody(), bearer(key)), 401));
  });

  it.each([
    ['no key', {}],
    ['an unknown key', bearer('lk_0123456789abcdef_00000000000000000000000000000000')],
    ['a key of another kind', bearer('sk-proj-0123456789')],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['an empty key', { authorization: 'Bearer ' }],
  ])('refuses %s with 401 in the shape of the path', async (_name, headers) => {
    const { larder } = current();
    const chat = await send(`${larder.url}/v1/chat/completions`, { body: chatBody(), headers });
    expect(expectOpenAiError(chat, 401).code).toBe('invalid_api_key');
    expect(chat.headers['www-authenticate']).toMatch(/^Bearer/);
    const native = await send(`${larder.url}/v1/keys`, { headers });
    expectProblem(native, 401);
    expect(native.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  it('refuses a key whose secret is wrong', async () => {
    const { larder } = current();
    const { key } = await larder.createKey();
    const forged = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
    expectOpenAiError(await larder.chat(chatBody(), bearer(forged)), 401);
  });
}

function roles(current: CurrentSuite): void {
  it('lets a key do what its roles say and nothing else', async () => {
    const { larder } = current();
    const reader = await larder.createKey({ roles: ['cache:read'] });
    const chatter = await larder.createKey({ roles: ['chat'] });
    expectOpenAiError(await larder.chat(chatBody(), bearer(reader.key)), 403);
    expect((await larder.chat(chatBody(), bearer(chatter.key))).status).toBe(200);
    const policy = { method: 'PUT', body: { ttlSeconds: 60 } };
    for (const { key } of [reader, chatter]) {
      expectProblem(await larder.cacheRest('/v1/caches/guarded', { ...policy, headers: bearer(key) }), 403);
      expectProblem(await send(`${larder.url}/v1/keys`, { headers: bearer(key) }), 403);
      expectProblem(await send(`${larder.url}/v1/tenants`, { body: { id: 'sneaky' }, headers: bearer(key) }), 403);
    }
  });

  it('lets only the role upstream act on the account behind the upstream key', async () => {
    const { larder } = current();
    const chatter = await larder.createKey({ roles: ['chat'] });
    const headers = bearer(chatter.key);
    expect((await send(`${larder.url}/v1/moderations`, { body: { input: 'x' }, headers })).status).toBe(200);
    expectOpenAiError(await send(`${larder.url}/v1/files`, { headers }), 403);
  });
}

function boundaries(current: CurrentSuite): void {
  it('never answers one tenant from another, nor lets it look into its cache', async () => {
    const { larder, upstream } = current();
    await larder.createTenant('globex');
    const other = await larder.createKey({ tenant: 'globex' });
    const colleague = await larder.createKey();
    const body = chatBody(freshPrompt('a secret of acme'));
    const mine = await larder.chat(body);
    const theirs = await larder.chat(body, bearer(other.key));
    expect(theirs.headers['x-larder-cache']).toBe('miss');
    const contents = [mine, theirs].map((reply) => reply.json<OpenAI.ChatCompletion>().choices[0]!.message.content);
    expect(contents[0]).not.toBe(contents[1]);
    expect((await larder.chat(body, bearer(colleague.key))).json()).toEqual(mine.json());
    expect((await larder.chat(body, bearer(other.key))).json()).toEqual(theirs.json());
    expect(upstream.chatCalls({ containing: body.messages[0]!.content })).toHaveLength(2);
    const entry = (await larder.chat(body)).headers['x-larder-entry'];
    const path = `/v1/caches/default/entries/${entry}`;
    expect((await larder.cacheRest(path)).status).toBe(200);
    expectProblem(await larder.cacheRest(path, { headers: bearer(other.key) }), 404);
    await larder.cacheRest('/v1/caches/default/flush', { method: 'POST', headers: bearer(other.key) });
    expect((await larder.chat(body)).headers['x-larder-cache']).toBe('hit-exact');
  });
}
