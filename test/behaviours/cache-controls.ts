import { describe, expect, it } from '@jest/globals';
import type OpenAI from 'openai';
import { expectOpenAiError } from '../larder/error-shapes.js';
import type { Reply } from '../larder/http.js';
import { chatBody, eventually, freshPrompt, type CurrentSuite } from '../larder/suite.js';

const contentOf = (reply: Reply) => reply.json<OpenAI.ChatCompletion>().choices[0]!.message.content;
const cacheOf = (reply: Reply) => reply.headers['x-larder-cache'];

/** What a caller may say about the cache, by `Cache-Control`, by `x-larder-cache-*` and in the body. */
export function callersControlTheCache(current: CurrentSuite): void {
  describe('cache controls', () => {
    httpCacheControl(current);
    larderHeaders(current);
    bodyOptions(current);
    cachePolicy(current);
  });
}

function httpCacheControl(current: CurrentSuite): void {
  it('no-cache asks upstream again and stores the new answer', async () => {
    const { larder } = current();
    const body = chatBody();
    const old = await larder.chat(body);
    const fresh = await larder.chat(body, { 'cache-control': 'no-cache' });
    const after = await larder.chat(body);
    expect(fresh.headers['cache-status']).toMatch(/^larder; fwd=request(; stored)?$/);
    expect(contentOf(fresh)).not.toBe(contentOf(old));
    expect(cacheOf(after)).toBe('hit-exact');
    expect(contentOf(after)).toBe(contentOf(fresh));
  });

  it('no-store leaves nothing behind', async () => {
    const { larder, upstream } = current();
    const body = chatBody();
    const header = { 'cache-control': 'no-store' };
    for (let turn = 0; turn < 2; turn += 1) {
      const reply = await larder.chat(body, header);
      expect(reply.headers['cache-status']).toMatch(/^larder; fwd=(bypass|miss)$/);
    }
    expect(cacheOf(await larder.chat(body))).toBe('miss');
    expect(upstream.chatCalls({ containing: body.messages[0]!.content })).toHaveLength(3);
  });

  it('max-age refuses an older answer and takes a younger one', async () => {
    const { larder } = current();
    const body = chatBody();
    await larder.chat(body);
    await eventually(async () => expect(Number((await larder.chat(body)).headers.age)).toBeGreaterThanOrEqual(2));
    const young = await larder.chat(body, { 'cache-control': 'max-age=3600' });
    const old = await larder.chat(body, { 'cache-control': 'max-age=1' });
    expect([cacheOf(young), cacheOf(old)]).toEqual(['hit-exact', 'miss']);
    expect(cacheOf(await larder.chat(body, { 'cache-control': 'max-age=60' }))).toBe('hit-exact');
  });

  it('only-if-cached answers 504 instead of asking upstream', async () => {
    const { larder, upstream } = current();
    const body = chatBody();
    const header = { 'cache-control': 'only-if-cached' };
    expectOpenAiError(await larder.chat(body, header), 504);
    expectOpenAiError(await larder.chat({ ...body, stream: true }, header), 504);
    expect(upstream.chatCalls({ containing: body.messages[0]!.content })).toHaveLength(0);
    await larder.chat(body);
    const cached = await larder.chat(body, header);
    expect([cached.status, cacheOf(cached)]).toEqual([200, 'hit-exact']);
  });
}

function larderHeaders(current: CurrentSuite): void {
  it('x-larder-cache-ttl bounds the life of the entry', async () => {
    const { larder } = current();
    const body = chatBody();
    const onlyCached = { 'cache-control': 'only-if-cached' };
    await larder.chat(body, { 'x-larder-cache-ttl': '3' });
    const hit = await larder.chat(body, onlyCached);
    expect(Number(/ttl=(\d+)/.exec(hit.headers['cache-status'] ?? '')?.[1] ?? 0)).toBeLessThanOrEqual(3);
    await eventually(async () => expect((await larder.chat(body, onlyCached)).status).toBe(504));
  });

  it('x-larder-cache-mode: off bypasses, exact does not', async () => {
    const { larder } = current();
    const body = chatBody();
    const modes = ['exact', 'off', 'exact'];
    const replies = [];
    for (const mode of modes) replies.push(await larder.chat(body, { 'x-larder-cache-mode': mode }));
    expect(replies.map(cacheOf)).toEqual(['miss', 'bypass', 'hit-exact']);
  });

  it.each([
    ['x-larder-cache-id', 'first-cache', 'second-cache'],
    ['x-larder-cache-attributes', 'region=eu,plan=free', 'region=us,plan=free'],
    ['x-larder-locale', 'de-CH', 'fr-CH'],
    ['x-larder-safety', 'strict', 'relaxed'],
  ])('%s separates answers', async (header, one, other) => {
    const { larder } = current();
    const body = chatBody();
    const replies = [];
    for (const value of [one, other, one]) replies.push(await larder.chat(body, { [header]: value }));
    replies.push(await larder.chat(body));
    expect(replies.map(cacheOf)).toEqual(['miss', 'miss', 'hit-exact', 'miss']);
  });
}

function bodyOptions(current: CurrentSuite): void {
  it('the body may carry the options as LiteLLM has them; upstream never sees them', async () => {
    const { larder, upstream } = current();
    const prompt = freshPrompt();
    const ask = (cache: object) => larder.chat(chatBody(prompt, { cache }));
    const replies = [
      await ask({ ttl: 600 }),
      await ask({}),
      await ask({ 'no-cache': true }),
      await ask({ namespace: 'another-cache' }),
      await larder.chat(chatBody(prompt)),
    ];
    expect(replies.map(cacheOf)).toEqual(['miss', 'hit-exact', 'miss', 'miss', 'hit-exact']);
    const calls = upstream.chatCalls({ containing: prompt });
    expect(calls).toHaveLength(3);
    expect(calls.every((call) => !('cache' in call.chat!))).toBe(true);
  });
}

function cachePolicy(current: CurrentSuite): void {
  it('a cache may be told not to honour Cache-Control of requests', async () => {
    const { larder } = current();
    const body = chatBody();
    const named = { 'x-larder-cache-id': 'deaf-cache' };
    await larder.cacheRest('/v1/caches/deaf-cache', { method: 'PUT', body: { honourCacheControl: false } });
    await eventually(async () => {
      await larder.chat(body, named);
      const reply = await larder.chat(body, { ...named, 'cache-control': 'no-cache' });
      expect(cacheOf(reply)).toBe('hit-exact');
    });
  });
}
