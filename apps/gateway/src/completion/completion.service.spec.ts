import { beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceError } from '#contracts';
import { completion, hit, miss, ScriptedPath } from '../../../../test/gateway/scripted-path.js';
import { CacheUnavailableError } from './answer-cache.client.js';

let path: ScriptedPath;
const ask: ScriptedPath['ask'] = (...args) => path.ask(...args);

beforeEach(() => {
  path = new ScriptedPath();
});

describe('completion', () => {
  it('answers a hit as it was stored, without asking upstream', async () => {
    path.lookUpReply = hit;
    const answer = await ask();
    expect(answer.body).toBe(completion());
    expect(answer.headers).toMatchObject({
      'cache-status': 'larder; hit; ttl=3540; detail=exact',
      age: '12',
      'x-larder-cache': 'hit-exact',
      'x-larder-saved-usd': '1.234567',
    });
    expect(path.asked).toEqual([]);
  });

  it('replays a hit as a stream when a stream is asked for', async () => {
    path.lookUpReply = hit;
    const answer = await ask({}, { stream: true, stream_options: { include_usage: true } });
    expect(answer.isEventStream).toBe(true);
    expect(answer.body).toMatch(
      /"role":"assistant"[^]*"finish_reason":"stop"[^]*"total_tokens":5[^]*data: \[DONE\]\n\n$/,
    );
  });

  it('replays it piece by piece when a rate is asked for', async () => {
    path.lookUpReply = hit;
    const whole = await ask({}, { stream: true });
    const paced = await ask({ 'x-larder-replay-rate': '1000' }, { stream: true });
    const frames: string[] = [];
    for await (const frame of paced.body as AsyncIterable<string>) frames.push(frame);
    expect(frames.join('')).toBe(whole.body);
    expect(frames.length).toBeGreaterThan(2);
  });

  it('takes a stored answer that cannot be replayed for a miss', async () => {
    path.lookUpReply = { ...hit, answer: '{broken' };
    const answer = await ask({}, { stream: true });
    expect(answer.headers['x-larder-cache']).toBe('miss');
  });

  it('stores what upstream answered, under the generation of the look-up', async () => {
    const answer = await ask({ 'x-larder-cache-ttl': '60' });
    expect(answer.headers).toMatchObject({
      'cache-status': 'larder; fwd=miss; stored',
      'x-larder-cost-usd': '0.000042',
    });
    expect(path.stored).toMatchObject([
      { tenant: 't', cacheId: 'default', generation: '7', tokens: 5, ttlSeconds: 60 },
    ]);
  });

  it('forwards the body as it was keyed, without its own option and with usage asked for', async () => {
    await ask({}, { cache: { ttl: 5 }, x_new: [1], stream: true });
    expect(JSON.parse(path.asked[0] ?? '')).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      x_new: [1],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it.each([
    ['filtered', completion('content_filter')],
    ['empty', completion('stop', '')],
    ['without choices', JSON.stringify({ object: 'chat.completion', choices: [] })],
  ])('never stores an answer that is %s', async (_case, text) => {
    path.upstreamReply = { status: 200, text };
    const answer = await ask();
    expect(answer.body).toBe(text);
    expect(path.stored).toEqual([]);
    expect(answer.headers['cache-status']).toBe('larder; fwd=miss');
  });

  it.each(['hello', 'null', '[]', '{}', '{"error":{"message":"no"}}', '{"id":'])(
    'takes %s for no answer, plain and streamed',
    async (text) => {
      path.upstreamReply = { status: 200, text };
      for (const stream of [false, true]) {
        const answer = await ask({}, { stream });
        expect([answer.status, JSON.parse(answer.body as string)]).toMatchObject([
          502,
          { error: { code: 'upstream_failed' } },
        ]);
      }
      expect(path.stored).toEqual([]);
    },
  );

  it('leaves it to the cache whether an answer that was cut off is kept', async () => {
    path.upstreamReply = { status: 200, text: completion('length') };
    path.storeReply = { stored: false, class: 'general' };
    const answer = await ask();
    expect(path.stored).toMatchObject([{ truncated: true }]);
    expect(answer.headers['cache-status']).toBe('larder; fwd=miss');
  });

  it('hands an upstream refusal on, with the headers that SDKs act upon, and stores nothing', async () => {
    path.upstreamReply = { status: 429, text: '{"error":{}}', headers: { 'retry-after': '7', 'x-other': 'no' } };
    const answer = await ask();
    expect(answer).toMatchObject({ status: 429, body: '{"error":{}}' });
    expect(answer.headers).toMatchObject({ 'retry-after': '7' });
    expect(answer.headers).not.toHaveProperty('x-other');
    expect(path.stored).toEqual([]);
  });

  it("does not blame the client's key for Larder's own, but hands on what was said to the client's own key", async () => {
    path.upstreamReply = { status: 401, text: '{"error":{"message":"Incorrect API key: sk-1234"}}' };
    expect(await ask()).toMatchObject({ status: 502, body: expect.not.stringContaining('sk-1234') });
    expect(await ask({}, {}, { authorization: 'Bearer own' })).toMatchObject({
      status: 401,
      body: path.upstreamReply.text,
    });
  });

  it('goes on without the cache when it is away, and says so', async () => {
    path.lookUpReply = new CacheUnavailableError('away');
    const answer = await ask();
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'x-larder-degraded': 'cache', 'cache-status': 'larder; fwd=miss' },
    });
    expect(path.stored).toEqual([]);
  });

  it('says so when replicas may not have shared the call, and stores all the same', async () => {
    path.lookUpReply = { ...miss, flight: 'alone' };
    expect((await ask()).headers).toMatchObject({
      'x-larder-degraded': 'flight',
      'cache-status': 'larder; fwd=miss; stored',
    });
  });

  it('answers although the write failed, and says so', async () => {
    path.storeReply = new CacheUnavailableError('away');
    expect((await ask()).headers).toMatchObject({ 'x-larder-degraded': 'cache' });
  });

  it('obeys no-cache, no-store, only-if-cached and mode off', async () => {
    path.lookUpReply = hit;
    expect((await ask({}, { cache: { 'no-cache': true } })).headers['cache-status']).toBe(
      'larder; fwd=request; stored',
    );
    expect(path.lookUps).toEqual([]);
    expect((await ask({ 'x-larder-cache-mode': 'off' })).headers['cache-status']).toBe('larder; fwd=bypass');
    expect(path.lookUps).toEqual([]);
    path.lookUpReply = { ...miss, reason: 'no-cache' };
    expect((await ask({ 'cache-control': 'no-cache' })).headers['cache-status']).toBe('larder; fwd=request; stored');
    path.lookUpReply = miss;
    path.stored.length = 0;
    expect((await ask({ 'cache-control': 'no-store' })).headers['cache-status']).toBe('larder; fwd=miss');
    expect(path.stored).toEqual([]);
    const before = path.asked.length;
    const absent = await ask({ 'cache-control': 'only-if-cached' });
    expect(absent).toMatchObject({ status: 504, headers: { 'x-should-retry': 'false' } });
    expect(path.asked).toHaveLength(before);
  });

  it('sends a body with inexact numbers as it came, around the cache', async () => {
    const answer = await ask({}, { seed: 2 ** 60 });
    expect(answer.headers['cache-status']).toBe('larder; fwd=bypass');
    expect(path.asked[0]).toContain('"seed":1152921504606847000');
    expect(path.lookUps).toEqual([]);
  });

  it('refuses a model that no upstream serves', async () => {
    await expect(ask({}, { model: 'nowhere' })).rejects.toThrow(ServiceError);
  });
});
