import { describe, expect, it } from '@jest/globals';
import { LangCache } from '@redis-ai/langcache';
import * as errors from '@redis-ai/langcache/models/errors';
import { SearchStrategy } from '@redis-ai/langcache/models/searchstrategy.js';
import { randomUUID } from 'node:crypto';
import { send } from '../larder/http.js';
import { eventually, promptMarker, type CurrentSuite } from '../larder/suite.js';

const question = `How do I cancel my ${promptMarker} subscription?`;
const sameQuestion = `how do i cancel my ${promptMarker} subscripton`;
const { Exact, Semantic } = SearchStrategy;

type Current = CurrentSuite;

function clientOf(current: Current, more: { cacheId?: string; apiKey?: string } = {}): LangCache {
  const { larder } = current();
  return new LangCache({ serverURL: larder.cacheUrl, cacheId: `lang-${randomUUID()}`, apiKey: larder.key, ...more });
}

/** A client of a cache that declares attributes, on every replica. */
async function clientWithAttributes(current: Current): Promise<LangCache> {
  const { larder } = current();
  const cacheId = `lang-${randomUUID()}`;
  await larder.cacheRest(`/v1/caches/${cacheId}`, { method: 'PUT', body: { attributes: ['language', 'topic'] } });
  return clientOf(current, { cacheId });
}

async function thrown(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (fault: unknown) => fault,
  );
}

/** The official `@redis-ai/langcache` client, unchanged: every method, and the errors that it knows. */
export function theOfficialLangCacheClientWorks(current: Current): void {
  describe('official LangCache client', () => {
    searches(current);
    deletes(current);
    refusals(current);
    boundaries(current);
  });
}

function searches(current: Current): void {
  it('stores and finds by text and by meaning', async () => {
    const client = clientOf(current);
    const { entryId } = await client.set({ prompt: question, response: 'In the settings.', ttlMillis: 60_000 });
    expect(entryId).toMatch(/^[0-9a-f]{32}$/);
    const entry = { id: entryId, prompt: question, response: 'In the settings.', attributes: {} };
    const exact = await client.search({ prompt: question.toUpperCase(), searchStrategies: [Exact] });
    expect(exact.data).toEqual([{ ...entry, similarity: 1, searchStrategy: 'exact' }]);
    await eventually(async () => {
      const { data } = await client.search({ prompt: sameQuestion, similarityThreshold: 0.5 });
      expect(data).toEqual([{ ...entry, similarity: expect.any(Number), searchStrategy: 'semantic' }]);
    });
    const both = await client.search({ prompt: question, searchStrategies: [Exact, Semantic] });
    expect(both.data).toMatchObject([{ id: entryId, searchStrategy: 'exact' }]);
    expect((await client.search({ prompt: sameQuestion, searchStrategies: [Exact] })).data).toEqual([]);
  });

  it('finds nothing that a guard forbids, however similar', async () => {
    const client = clientOf(current);
    await client.set({ prompt: `How long do ${promptMarker} parcels to Spain take?`, response: 'Two days.' });
    const near = `How long do ${promptMarker} parcels to Spain take`;
    await eventually(async () => expect((await client.search({ prompt: near })).data).toHaveLength(1));
    expect((await client.search({ prompt: `${near.replace('Spain', 'Peru')}?` })).data).toEqual([]);
  });

  it('takes attributes for a filter', async () => {
    const client = await clientWithAttributes(current);
    const attributes = { language: 'en', topic: 'a|b.{c}*"' };
    await eventually(() => client.set({ prompt: question, response: 'In the settings.', attributes }));
    for (const searchStrategies of [[Exact], [Semantic]]) {
      const search = (asked?: Record<string, string>) =>
        client.search({ prompt: question, searchStrategies, ...(asked && { attributes: asked }) });
      await eventually(async () =>
        expect((await search({ topic: attributes.topic })).data).toMatchObject([{ attributes }]),
      );
      expect((await search()).data).toHaveLength(1);
      expect((await search({ language: 'de' })).data).toEqual([]);
    }
  });
}

function deletes(current: Current): void {
  it('deletes by id, by attributes, and everything', async () => {
    const client = await clientWithAttributes(current);
    const set = (prompt: string, language: string) =>
      client.set({ prompt: `${question} ${prompt}`, response: 'Yes.', attributes: { language } });
    const found = async (prompt: string) => {
      const searchStrategies = [Semantic, Exact];
      return (await client.search({ prompt: `${question} ${prompt}`, searchStrategies })).data.length;
    };
    const { entryId } = await eventually(() => set('Alpha?', 'en'));
    await client.deleteById(entryId);
    expect(await found('Alpha?')).toBe(0);
    await client.deleteById(entryId);

    await set('Beta?', 'en');
    await set('Gamma?', 'de');
    expect(await client.deleteQuery({ attributes: { language: 'en' } })).toEqual({ deletedEntriesCount: 1 });
    expect([await found('Beta?'), await found('Gamma?')]).toEqual([0, 1]);

    await client.flush();
    await eventually(async () => expect(await found('Gamma?')).toBe(0));
  });
}

function refusals(current: Current): void {
  const badRequest = errors.BadRequestErrorResponseContent;
  it.each<[string, (client: LangCache) => Promise<unknown>]>([
    ['an empty prompt', (client) => client.search({ prompt: '' })],
    ['a prompt that is too long', (client) => client.set({ prompt: 'x'.repeat(1_025), response: 'y' })],
    ['a threshold beyond 1', (client) => client.search({ prompt: 'x', similarityThreshold: 1.01 })],
    ['a threshold below 0', (client) => client.search({ prompt: 'x', similarityThreshold: -0.1 })],
    ['no strategy', (client) => client.search({ prompt: 'x', searchStrategies: [] })],
    ['a time to live of nothing', (client) => client.set({ prompt: 'x', response: 'y', ttlMillis: 0 })],
    ['a time to live beyond a year', (client) => client.set({ prompt: 'x', response: 'y', ttlMillis: 31_556_952_001 })],
    ['an undeclared attribute', (client) => client.search({ prompt: 'x', attributes: { tone: 'a' } })],
    ['a comma in an attribute', (client) => client.set({ prompt: 'x', response: 'y', attributes: { topic: 'a,b' } })],
    ['deleting by no attribute', (client) => client.deleteQuery({ attributes: {} })],
    ['an id of another form', (client) => client.deleteById('1')],
  ])('refuses %s as BadRequestError', async (_name, call) => {
    const fault = await thrown(call(await clientWithAttributes(current)));
    expect(fault).toBeInstanceOf(badRequest);
    expect(fault).toMatchObject({
      statusCode: 400,
      data$: { title: expect.any(String), status: 400, detail: expect.any(String), type: '/errors/invalid-data' },
    });
  });

  it('refuses unknown keys, missing roles and what is too large by their classes', async () => {
    const { larder } = current();
    const unknown = await thrown(clientOf(current, { apiKey: 'lk_none_none' }).search({ prompt: 'x' }));
    expect(unknown).toBeInstanceOf(errors.AuthenticationErrorResponseContent);
    const { key } = await larder.createKey({ roles: ['cache:read'] });
    const reader = clientOf(current, { apiKey: key });
    expect((await reader.search({ prompt: 'x', searchStrategies: [Exact] })).data).toEqual([]);
    for (const call of [
      reader.set({ prompt: 'x', response: 'y' }),
      reader.flush(),
      reader.deleteById('0'.repeat(32)),
    ]) {
      expect(await thrown(call)).toBeInstanceOf(errors.ForbiddenErrorResponseContent);
    }
    const large = clientOf(current).set({ prompt: 'x', response: 'y'.repeat(4_194_305) });
    expect(await thrown(large)).toBeInstanceOf(errors.PayloadTooLargeErrorResponseContent);
  });

  it('answers others as problems, with the same members', async () => {
    const { larder } = current();
    const path = `${larder.cacheUrl}/v1/caches/any/entries/search`;
    const headers = { authorization: `Bearer ${larder.key}` };
    const plain = await send(path, { body: { prompt: '' }, headers });
    const asClient = await send(path, { body: { prompt: '' }, headers: { ...headers, accept: 'application/json' } });
    expect(plain.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(asClient.headers['content-type']).toMatch(/^application\/json/);
    const withoutId = ({ requestId: _, ...members }: Record<string, unknown>) => members;
    expect(withoutId(plain.json())).toEqual(withoutId(asClient.json()));
  });
}

function boundaries(current: Current): void {
  it('never answers a chat, nor another cache or tenant', async () => {
    const { larder } = current();
    const cacheId = `lang-${randomUUID()}`;
    const client = clientOf(current, { cacheId });
    await client.set({ prompt: question, response: 'In the settings.' });
    const found = { prompt: question, searchStrategies: [Semantic, Exact] };
    await eventually(async () =>
      expect((await client.search(found)).data).toMatchObject([{ searchStrategy: 'semantic' }]),
    );
    const chat = { model: 'stand-in', messages: [{ role: 'user', content: question }] };
    const reply = await larder.chat(chat, { 'x-larder-cache-id': cacheId });
    expect(reply.headers['x-larder-cache']).not.toMatch(/^hit/);
    expect((await clientOf(current).search(found)).data).toEqual([]);
    const tenant = `t-${randomUUID()}`;
    await larder.createTenant(tenant);
    const { key } = await larder.createKey({ tenant });
    expect((await clientOf(current, { cacheId, apiKey: key }).search(found)).data).toEqual([]);
  });
}
