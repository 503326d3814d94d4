import { beforeEach, describe, expect, it } from '@jest/globals';
import { hit, miss, ScriptedPath } from '../../../../test/gateway/scripted-path.js';
import { CacheUnavailableError } from './answer-cache.client.js';

let path: ScriptedPath;
beforeEach(() => {
  path = new ScriptedPath();
});

describe('answers by meaning', () => {
  it('tells the cache what it needs to compare, and what the caller accepts', async () => {
    const headers = {
      'x-larder-cache-mode': 'shadow',
      'x-larder-cache-threshold': '0.97',
      'x-larder-cache-tags': 'doc:17',
      'x-larder-cache-attributes': 'team=a',
      'x-larder-locale': 'de-AT',
    };
    await path.ask(headers, { tools: [{ type: 'function' }] }, { userId: 'u-1' });
    const question = {
      model: 'm',
      turn: 'hi',
      frame: expect.stringMatching(/^[0-9a-f]{64}$/),
      hasTools: true,
      userId: 'u-1',
    };
    expect(path.lookUps).toMatchObject([{ ...question, mode: 'shadow', threshold: 0.97 }]);
    expect(path.stored).toMatchObject([{ ...question, tags: ['doc:17'], attributes: { team: 'a' } }]);
  });

  it('leaves mode and threshold to the cache when the caller says nothing', async () => {
    await path.ask();
    expect(path.lookUps[0]).not.toHaveProperty('mode');
    expect(path.lookUps[0]).not.toHaveProperty('threshold');
  });

  it('sends a long turn cut, without its frame', async () => {
    await path.ask({}, { messages: [{ role: 'user', content: 'x'.repeat(20_000) }] });
    expect(path.lookUps[0]).toMatchObject({ turn: 'x'.repeat(16_384) });
    expect(path.lookUps[0]).not.toHaveProperty('frame');
  });

  it('shows a hit with its similarity and class', async () => {
    path.lookUpReply = { ...hit, via: 'semantic', similarity: 0.98765, class: 'static' };
    expect((await path.ask()).headers).toMatchObject({
      'cache-status': 'larder; hit; ttl=3540; detail=semantic',
      'x-larder-cache': 'hit-semantic',
      'x-larder-similarity': '0.9877',
      'x-larder-cache-class': 'static',
      'x-larder-entry': hit.entryId,
    });
  });

  it('shows a miss with its reason', async () => {
    path.lookUpReply = { ...miss, reason: 'guard-number', class: 'static' };
    expect((await path.ask()).headers).toMatchObject({
      'cache-status': 'larder; fwd=miss; stored',
      'x-larder-cache': 'miss',
      'x-larder-cache-reason': 'guard-number',
      'x-larder-cache-class': 'general',
    });
  });

  it('shows in shadow mode what would have been served, and serves what upstream says', async () => {
    path.lookUpReply = {
      ...miss,
      reason: 'shadow',
      flight: 'none',
      shadow: { entryId: hit.entryId, similarity: 0.97 },
    };
    const answer = await path.ask();
    expect(answer.headers).toMatchObject({
      'cache-status': 'larder; fwd=miss; stored',
      'x-larder-cache': 'shadow',
      'x-larder-entry': hit.entryId,
      'x-larder-similarity': '0.9700',
    });
    expect(answer.headers).not.toHaveProperty('x-larder-degraded');
    expect(path.asked).toHaveLength(1);
  });
});

describe('answers about a user', () => {
  it('are not kept when the class says so', async () => {
    path.lookUpReply = { ...miss, class: 'time-sensitive', store: false };
    expect((await path.ask()).headers['cache-status']).toBe('larder; fwd=miss');
    expect(path.stored).toEqual([]);
    await path.ask({ 'x-larder-cache-ttl': '5' });
    expect(path.stored).toMatchObject([{ ttlSeconds: 5 }]);
  });

  it('are shared with nobody when nobody says who asks', async () => {
    path.lookUpReply = { ...miss, reason: 'user-unknown', flight: 'none', store: false };
    const answers = await Promise.all([path.ask(), path.ask()]);
    expect(answers.map(({ headers }) => headers['x-larder-cache'])).toEqual(['miss', 'miss']);
    expect(path.asked).toHaveLength(2);
  });

  it('are never shared between users while the cache cannot say what they are about', async () => {
    path.lookUpReply = new CacheUnavailableError('away');
    const users = ['u-1', 'u-2', 'u-1', undefined, undefined];
    const answers = await Promise.all(users.map((userId) => path.ask({}, {}, userId ? { userId } : {})));
    expect(answers.map(({ headers }) => headers['x-larder-cache'])).toEqual([
      'miss',
      'miss',
      'coalesced',
      'miss',
      'coalesced',
    ]);
  });
});
