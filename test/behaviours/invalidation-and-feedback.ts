import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Reply } from '../larder/http.js';
import { OwnCache, politely, question } from '../larder/own-cache.js';
import { eventually, promptMarker, type CurrentSuite } from '../larder/suite.js';

const typed = `How do I reset the pasword of the ${promptMarker} portal?`;
const other = `Which colours does the ${promptMarker} flag have?`;
const outcomeOf = (reply: Reply) => reply.headers['x-larder-cache-reason'] ?? reply.headers['x-larder-cache'];

/** What is no longer right can be taken back, and what users call wrong is not said again. */
export function answersCanBeTakenBack(current: CurrentSuite): void {
  describe('invalidation and feedback', () => {
    let cache: OwnCache;
    beforeEach(() => {
      cache = new OwnCache(current);
    });
    const post = (path: string, body: object) =>
      current().larder.cacheRest(`/v1/caches/${cache.id}${path}`, { method: 'POST', body });
    const judge = (entryId: string | undefined, prompt: string, correct: boolean) =>
      post(`/entries/${entryId}/feedback`, { prompt, correct });

    /** Replicas agree within a second, whichever is asked. */
    async function everywhere(prompt: string, outcome: string, headers = {}): Promise<void> {
      for (const gateway of current().larder.gateways.keys()) {
        await eventually(async () => {
          for (let turn = 0; turn < 4; turn += 1) {
            expect(outcomeOf(await cache.look(prompt, headers, {}, gateway))).toBe(outcome);
          }
        });
      }
    }

    it.each([
      ['tag', { tag: 'handbook.pdf' }, { 'x-larder-cache-tags': 'handbook.pdf,faq' }],
      ['attributes', { attributes: { plan: 'pro' } }, { 'x-larder-cache-attributes': 'plan=pro,region=eu' }],
      ['model', { model: 'stand-in' }, {}],
    ])('takes answers back by %s, by their text and by their meaning', async (_, selection, headers: object) => {
      await cache.configure({ attributes: ['plan', 'region'] });
      await cache.learn({ ...headers });
      const invalidated = await post('/invalidate', selection);
      expect([invalidated.status, invalidated.json()]).toEqual([200, { deletedEntriesCount: 1 }]);
      await everywhere(question, 'absent', headers);
      await everywhere(politely, 'absent', headers);
      await cache.keep(question, { ...headers });
      await everywhere(question, 'hit-exact', headers);
    });

    it('leaves what carries something else', async () => {
      await cache.keep(question, { 'x-larder-cache-tags': 'faq' });
      expect((await post('/invalidate', { tag: 'handbook.pdf' })).json()).toEqual({ deletedEntriesCount: 0 });
      await everywhere(question, 'hit-exact');
    });

    it('never again gives an answer to a prompt for which a user called it wrong', async () => {
      const entryId = (await cache.learn()).headers['x-larder-entry'];
      expect((await judge(entryId, politely, false)).status).toBe(204);
      await everywhere(politely, 'quarantined');
      await everywhere(typed, 'quarantined');
      await everywhere(question, 'hit-exact');
      expect((await judge(entryId, question, false)).status).toBe(204);
      await everywhere(question, 'absent');
      expect((await judge(entryId, question, false)).status).toBe(404);
    });

    it('serves validated answers only, where a cache is told so', async () => {
      await cache.configure({ servedEntries: 'validated' });
      const entryId = (await cache.keep(question)).headers['x-larder-entry'];
      await everywhere(question, 'unconfirmed');
      expect((await judge(entryId, question, true)).status).toBe(204);
      await everywhere(question, 'hit-exact');
    });

    it('serves an answer from the second user on, where a cache is told so', async () => {
      await cache.configure({ minDistinctUsers: 2 });
      await cache.keep(question, { 'x-larder-user': 'ann' });
      await everywhere(question, 'unconfirmed', { 'x-larder-user': 'ann' });
      await everywhere(question, 'hit-exact', { 'x-larder-user': 'bob' });
    });

    it('evicts what is beyond the bound of a cache', async () => {
      await cache.configure({ maxEntries: 1 });
      await cache.keep(question);
      await cache.keep(other);
      await everywhere(question, 'absent');
      await everywhere(other, 'hit-exact');
    });
  });
}
