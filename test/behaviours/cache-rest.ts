import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { chatBody, eventually, type CurrentSuite } from '../larder/suite.js';

interface Statistics {
  readonly hitsExact: number;
  readonly misses: Record<string, number>;
  readonly tokensSaved: number;
}

/** The cache's own REST: what is in it, what it did, and forgetting. */
export function theCacheHasItsOwnRest(current: CurrentSuite): void {
  describe('cache REST', () => {
    const named = (cacheId: string) => ({ 'x-larder-cache-id': cacheId });

    it('shows and deletes one entry', async () => {
      const { larder } = current();
      const body = chatBody();
      const entry =
        (await larder.chat(body)).headers['x-larder-entry'] ?? (await larder.chat(body)).headers['x-larder-entry'];
      const path = `/v1/caches/default/entries/${entry}`;
      expect((await larder.cacheRest(path)).json()).toMatchObject({ entryId: entry });
      expect((await larder.cacheRest(path, { method: 'DELETE' })).status).toBe(204);
      expect((await larder.cacheRest(path)).status).toBe(404);
      expect((await larder.chat(body)).headers['x-larder-cache']).toBe('miss');
    });

    it('forgets a whole cache at once, and only that one', async () => {
      const { larder } = current();
      const [flushed, kept] = [`flushed-${randomUUID()}`, `kept-${randomUUID()}`];
      const body = chatBody();
      for (const id of [flushed, kept]) await larder.chat(body, named(id));
      expect((await larder.cacheRest(`/v1/caches/${flushed}/flush`, { method: 'POST' })).status).toBe(204);
      await eventually(async () => {
        const reply = await larder.chat(body, { ...named(flushed), 'cache-control': 'only-if-cached' });
        expect(reply.status).toBe(504);
      });
      expect((await larder.chat(body, named(kept))).headers['x-larder-cache']).toBe('hit-exact');
      expect((await larder.chat(body, named(flushed))).headers['x-larder-cache']).toBe('miss');
      expect((await larder.chat(body, named(flushed))).headers['x-larder-cache']).toBe('hit-exact');
    });

    it('counts hits, misses and what was saved', async () => {
      const { larder } = current();
      const cacheId = `counted-${randomUUID()}`;
      const body = chatBody();
      for (let turn = 0; turn < 4; turn += 1) await larder.chat(body, named(cacheId));
      await eventually(async () => {
        const counts = (await larder.cacheRest(`/v1/caches/${cacheId}/stats`)).json<Statistics>();
        expect(counts.hitsExact).toBe(3);
        expect(Object.values(counts.misses).reduce((sum, count) => sum + count, 0)).toBe(1);
        expect(counts.tokensSaved).toBeGreaterThan(3 * 11);
      });
    });

    it('keeps the policy of a cache and lists caches', async () => {
      const { larder } = current();
      const id = `policy-${randomUUID()}`;
      const put = await larder.cacheRest(`/v1/caches/${id}`, { method: 'PUT', body: { ttlSeconds: 120 } });
      expect(put.status).toBe(200);
      expect((await larder.cacheRest(`/v1/caches/${id}`)).json()).toMatchObject({ ttlSeconds: 120 });
      expect((await larder.cacheRest('/v1/caches')).text).toContain(id);
      await eventually(async () => {
        const body = chatBody();
        await larder.chat(body, named(id));
        const hit = await larder.chat(body, named(id));
        expect(Number(/ttl=(\d+)/.exec(hit.headers['cache-status']!)![1])).toBeLessThanOrEqual(120);
      });
    });

    it('stores and finds entries in LangCache shapes, apart from chat answers', async () => {
      const { larder } = current();
      const entries = `/v1/caches/app-${randomUUID()}/entries`;
      const prompt = `What is on shelf ${randomUUID()}?`;
      const stored = await larder.cacheRest(entries, { body: { prompt, response: 'Jam.', ttlMillis: 60_000 } });
      expect(stored.status).toBe(201);
      const { entryId } = stored.json<{ entryId: string }>();
      expect(entryId).toMatch(/^[0-9a-f]{32}$/);
      const search = (asked: string) =>
        larder.cacheRest(`${entries}/search`, { body: { prompt: asked, searchStrategies: ['exact'] } });
      const found = (await search(prompt.toUpperCase())).json<{ data: object[] }>().data;
      expect(found).toEqual([expect.objectContaining({ id: entryId, response: 'Jam.', searchStrategy: 'exact' })]);
      expect((await search('Something else?')).json()).toEqual({ data: [] });
      expect((await larder.cacheRest(`${entries}/${entryId}`, { method: 'DELETE' })).status).toBe(204);
      expect((await search(prompt)).json()).toEqual({ data: [] });
    });
  });
}
