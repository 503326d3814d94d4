import { beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { completion, hit, miss, ScriptedPath } from '../../../../test/gateway/scripted-path.js';

const stale = { ...hit, ageSeconds: 3660, ttlSeconds: -60 };
const leading = { ...stale, revalidate: { exactKey: 'a'.repeat(64), generation: '9' } };

let path: ScriptedPath;
beforeEach(() => {
  path = new ScriptedPath();
});

/** What runs behind an answer has no end that a client could wait for. */
async function untilLanded(count = 1): Promise<void> {
  while (path.landed.length < count) await setImmediate();
}

describe('stale while revalidate', () => {
  it('serves the expired answer at once, and says since when it is expired', async () => {
    path.lookUpReply = stale;
    expect((await path.ask()).headers).toMatchObject({
      'cache-status': 'larder; hit; ttl=-60; detail=exact',
      'x-larder-cache': 'stale',
      age: '3660',
    });
    expect(path.asked).toEqual([]);
  });

  it('has one caller fetch a fresh answer behind it, plain, into the flight that it leads', async () => {
    path.lookUpReply = leading;
    const answer = await path.ask({}, { stream: true, stream_options: { include_usage: true } });
    expect(answer.headers['x-larder-cache']).toBe('stale');
    await untilLanded();
    expect(path.asked.map((body) => JSON.parse(body) as unknown)).toEqual([
      { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
    ]);
    expect(path.stored).toMatchObject([{ generation: '9', answer: completion() }]);
    expect(path.landed).toMatchObject([{ ...leading.revalidate, outcome: expect.stringContaining('hello') }]);
  });

  it('does not wait for the fresh answer', async () => {
    let release = (): void => {};
    path.upstreamReply = {
      status: 200,
      text: completion(),
      until: new Promise<void>((resolve) => (release = resolve)),
    };
    path.lookUpReply = leading;
    expect((await path.ask()).headers['x-larder-cache']).toBe('stale');
    expect(path.stored).toEqual([]);
    release();
    await untilLanded();
    expect(path.stored).toHaveLength(1);
  });

  it('keeps its failure from the client, and tells the log once of failures in a row', async () => {
    path.lookUpReply = leading;
    path.upstreamReply = { status: 500, text: '{"error":{}}' };
    for (let turn = 1; turn <= 3; turn += 1) {
      expect((await path.ask()).status).toBe(200);
      await untilLanded(turn);
    }
    await setImmediate();
    expect(path.warnings).toHaveLength(1);
    expect(path.stored).toEqual([]);
  });

  it('gives the lease back when too many refreshes are under way', async () => {
    let release = (): void => {};
    path.upstreamReply = {
      status: 200,
      text: completion(),
      until: new Promise<void>((resolve) => (release = resolve)),
    };
    for (let turn = 0; turn < 32; turn += 1) {
      const exactKey = turn.toString(16).padStart(64, '0');
      path.lookUpReply = { ...stale, revalidate: { exactKey, generation: '9' } };
      await path.ask();
    }
    path.lookUpReply = leading;
    expect((await path.ask()).headers['x-larder-cache']).toBe('stale');
    await untilLanded();
    expect(path.landed).toEqual([expect.objectContaining(leading.revalidate)]);
    expect(path.landed[0]).not.toHaveProperty('outcome');
    expect(path.asked).toHaveLength(32);
    release();
    await untilLanded(33);
  });

  it('takes an expired answer that cannot be replayed for a miss, and leads its flight', async () => {
    path.lookUpReply = { ...leading, answer: '{broken' };
    const answer = await path.ask({}, { stream: true });
    expect(answer.headers['x-larder-cache']).toBe('miss');
    expect(path.landed).toMatchObject([leading.revalidate]);
  });
});

describe('stale if error', () => {
  const failures = [
    { status: 500, text: '{"error":{}}' },
    { status: 429, text: '{"error":{}}' },
    { status: 200, text: '', headers: { 'content-type': 'text/event-stream' } },
    { status: 200, text: 'data: {"error":{"message":"busy"}}\n\n', headers: { 'content-type': 'text/event-stream' } },
  ];

  it.each(failures)('serves the expired answer when upstream fails with %j', async (failure) => {
    path.upstreamReply = failure;
    path.staleReply = stale;
    const answer = await path.ask({ 'cache-control': 'max-age=9999' }, { stream: true });
    expect(answer).toMatchObject({ status: 200, isEventStream: true, headers: { 'x-larder-cache': 'stale' } });
    expect(answer.body).toMatch(/hello[^]*\[DONE\]/);
    expect(path.lookUps[1]).toMatchObject({ upstreamFailed: true, maxAgeSeconds: 9999, turn: 'hi' });
    expect(path.lookUps[1]).not.toHaveProperty('flightToken');
  });

  it('serves it to everybody who waited for the same call', async () => {
    path.upstreamReply = failures[0]!;
    path.staleReply = stale;
    const answers = await Promise.all([1, 2, 3].map(() => path.ask()));
    expect(answers.map(({ headers }) => headers['x-larder-cache'])).toEqual(['stale', 'stale', 'stale']);
    expect(path.asked).toHaveLength(1);
  });

  it.each([new Error('away'), miss])('hands the failure on when there is none: %j', async (reply) => {
    path.staleReply = reply;
    path.upstreamReply = failures[0]!;
    expect(await path.ask()).toMatchObject({ status: 500, headers: { 'x-larder-cache': 'miss' } });
    path.upstreamReply = failures[3]!;
    const streamed = await path.ask({}, { stream: true });
    expect(streamed).toMatchObject({ status: 502, isEventStream: false });
    expect(JSON.parse(streamed.body as string)).toMatchObject({ error: { message: 'busy', code: 'upstream_failed' } });
  });

  it('hands a refusal on that is the fault of the request', async () => {
    path.upstreamReply = { status: 400, text: '{"error":{}}' };
    path.staleReply = stale;
    expect(await path.ask()).toMatchObject({ status: 400 });
    expect(path.lookUps).toHaveLength(1);
  });

  it('does not ask for a caller who wants a fresh answer in any case', async () => {
    path.upstreamReply = failures[0]!;
    path.staleReply = stale;
    expect(await path.ask({}, { cache: { 'no-cache': true } })).toMatchObject({ status: 500 });
    expect(path.lookUps).toEqual([]);
  });
});
