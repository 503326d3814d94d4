import { describe, expect, it } from '@jest/globals';
import type OpenAI from 'openai';
import type { Reply } from '../larder/http.js';
import { OwnCache } from '../larder/own-cache.js';
import { readSseText, spelledText } from '../larder/sse.js';
import { eventually, freshPrompt, type CurrentSuite } from '../larder/suite.js';
import type { Behaviour } from '../larder/upstream-behaviour.js';

const shortLived = { 'x-larder-cache-ttl': '1' };
const cacheOf = (reply: Reply) => reply.headers['x-larder-cache'];
const contentOf = (reply: Reply) => reply.json<OpenAI.ChatCompletion>().choices[0]!.message.content;

/** Expired answers are served where the cache's policy says so: while a fresh one is fetched, or when none can be had. */
export function expiredAnswersStandIn(current: CurrentSuite): void {
  describe('stale while revalidate', () => whileRevalidating(current));
  describe('stale if error', () => whenUpstreamFails(current));
}

function whileRevalidating(current: CurrentSuite): void {
  it('serves the old answer and fetches a fresh one once, whoever asks', async () => {
    const { larder, upstream } = current();
    const cache = await new OwnCache(current).configure({ staleWhileRevalidateSeconds: 3_600, ttlJitter: 0 });
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const model = upstream.newModel({}, { until: held });
    const prompt = freshPrompt();
    const old = await cache.keep(prompt, shortLived, { model });
    await eventually(async () => {
      const reply = await cache.look(prompt, {}, { model });
      expect(reply.headers['cache-status']).toMatch(/^larder; hit; ttl=-\d+; detail=exact$/);
      expect([cacheOf(reply), contentOf(reply)]).toEqual(['stale', contentOf(old)]);
    });
    const replies = await Promise.all(
      Array.from({ length: 32 }, (_, turn) => cache.ask(prompt, {}, { model }, turn % larder.gateways.length)),
    );
    expect(replies.map(cacheOf)).toEqual(Array(32).fill('stale'));
    await eventually(() => expect(upstream.chatCalls({ model })).toHaveLength(2));
    release();
    await eventually(async () => {
      const reply = await cache.look(prompt, {}, { model });
      expect(cacheOf(reply)).toBe('hit-exact');
      expect(contentOf(reply)).not.toBe(contentOf(old));
    });
    expect(upstream.chatCalls({ model })).toHaveLength(2);
  });

  it('goes on serving the old answer when the fresh one cannot be had', async () => {
    const { upstream } = current();
    const cache = await new OwnCache(current).configure({ staleWhileRevalidateSeconds: 3_600, ttlJitter: 0 });
    const model = upstream.newModel({}, { status: 400 });
    const prompt = freshPrompt();
    const old = await cache.keep(prompt, shortLived, { model });
    await eventually(async () => expect(cacheOf(await cache.look(prompt, {}, { model }))).toBe('stale'));
    await eventually(async () => {
      const reply = await cache.ask(prompt, {}, { model });
      expect([reply.status, cacheOf(reply), contentOf(reply)]).toEqual([200, 'stale', contentOf(old)]);
      expect(upstream.chatCalls({ model }).length).toBeGreaterThan(2);
    });
  });
}

function whenUpstreamFails(current: CurrentSuite): void {
  /** An answer that has expired, in a cache that keeps such ones for the worst case. */
  async function expired(policy: object, failure: Behaviour) {
    const cache = await new OwnCache(current).configure({ ttlJitter: 0, ...policy });
    const model = current().upstream.newModel({}, failure);
    const prompt = freshPrompt();
    const old = await cache.keep(prompt, shortLived, { model });
    await eventually(async () => expect((await cache.look(prompt, {}, { model })).status).toBe(504));
    return { old, ask: (more = {}, gateway = 0) => cache.ask(prompt, {}, { model, ...more }, gateway) };
  }

  it.each<[string, Behaviour]>([
    ['fails', { status: 500 }],
    ['is too busy', { status: 429, headers: { 'retry-after': '60' } }],
    ['breaks off before it begins', { breakAfterChunks: 0 }],
  ])('serves the old answer when upstream %s, plain and streamed', async (_name, failure) => {
    const { old, ask } = await expired({ staleIfErrorSeconds: 3_600 }, failure);
    if (failure.status !== undefined) {
      const plain = await ask();
      expect([plain.status, cacheOf(plain), contentOf(plain)]).toEqual([200, 'stale', contentOf(old)]);
    }
    const streamed = await ask({ stream: true });
    expect([streamed.status, cacheOf(streamed)]).toEqual([200, 'stale']);
    const { chunks, done } = readSseText(streamed.text);
    expect([done, spelledText(chunks)]).toEqual([true, contentOf(old)]);
  });

  it('serves it to all who waited for the call that failed', async () => {
    const { larder } = current();
    const { old, ask } = await expired({ staleIfErrorSeconds: 3_600 }, { status: 500, delayMs: 500 });
    const replies = await Promise.all(Array.from({ length: 12 }, (_, turn) => ask({}, turn % larder.gateways.length)));
    expect(replies.map(cacheOf)).toEqual(Array(12).fill('stale'));
    expect(new Set(replies.map(contentOf))).toEqual(new Set([contentOf(old)]));
  });

  it('hands the failure on where the policy has no such time', async () => {
    const { ask } = await expired({}, { status: 500 });
    expect((await ask()).status).toBe(500);
  });
}
