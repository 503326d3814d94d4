import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import type { ChatMessage, ContextManifest, SessionContext } from '#contracts';
import { countMessageTokens } from '#llm';
import { sessionKeys } from '#redis-keys';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { startSessionApp, type RunningSessions } from '../../../../test/session/session-app.js';
import { MessageLog, type LogWindow, type SessionAddress } from '../message/message-log.js';
import { HistoryReaderService } from './history-reader.service.js';
import { WindowFinder } from './window.js';

jest.setTimeout(60_000);

let redis: RunningRedis;
let sessions: RunningSessions;
let replica: RunningSessions;

beforeAll(async () => {
  redis = await startRedis();
  sessions = await startSessionApp(redis.url);
  replica = await startSessionApp(redis.url, { keyPrefix: sessions.keyPrefix });
});

afterAll(async () => {
  await replica.stop();
  await sessions.stop();
  await redis.stop();
});

const system = { role: 'system', content: 'Be brief.' };
const said = (role: 'user' | 'assistant', place: number) => ({
  role,
  content: `${role} says for the ${place}th time that all is well, and that more is to come.`,
});
const turns = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => [said('user', from + index), said('assistant', from + index)]).flat();

async function newSession(messages: readonly object[], more: object = {}): Promise<string> {
  const id = (await sessions.call('POST', '/v1/sessions', more)).body['id'] as string;
  for (let from = 0; from < messages.length; from += 100) await append(id, messages.slice(from, from + 100));
  return id;
}

async function append(id: string, messages: readonly object[]): Promise<void> {
  expect((await sessions.call('POST', `/v1/sessions/${id}/messages`, { messages })).status).toBe(201);
}

async function contextOf(id: string, query: string, from = sessions): Promise<SessionContext> {
  const { status, body } = await from.call('GET', `/v1/sessions/${id}/context?${query}`);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body as unknown as SessionContext;
}

const all = ({ kept, summarised, dropped }: ContextManifest): number => kept + summarised + dropped;

describe('a context that was asked for a moment ago', () => {
  const read = async (id: string, from = sessions) =>
    (await contextOf(id, 'maxTokens=2000', from)).messages.map(({ content }) => content);
  const logOf = (id: string) => sessionKeys(sessions.keyPrefix).session('default', id).log;

  it('tells of what has come since by any replica, of edits, deletions, and of a session that took the place', async () => {
    const id = await newSession([system, ...turns(1, 20)]);
    const expected = [system, ...turns(1, 20)].map(({ content }) => content);
    for (const from of [sessions, replica, sessions]) expect(await read(id, from)).toEqual(expected);
    await append(id, [{ ...said('user', 21), id: 'late' }]);
    expected.push(said('user', 21).content);
    for (const from of [replica, sessions]) expect(await read(id, from)).toEqual(expected);
    await sessions.call('PATCH', `/v1/sessions/${id}/messages/late`, { content: 'something else' });
    expected[expected.length - 1] = 'something else';
    for (const from of [replica, sessions]) expect(await read(id, from)).toEqual(expected);
    await sessions.call('DELETE', `/v1/sessions/${id}/messages/late`);
    for (const from of [replica, sessions]) expect(await read(id, from)).toEqual(expected.slice(0, -1));
    await sessions.call('DELETE', `/v1/sessions/${id}`);
    await sessions.call('POST', '/v1/sessions', { id });
    for (const from of [replica, sessions]) expect(await read(id, from)).toEqual([]);
    await append(id, [system, ...turns(1, 20).reverse()]);
    const anew = [system, ...turns(1, 20).reverse()].map(({ content }) => content);
    for (const from of [replica, sessions]) expect(await read(id, from)).toEqual(anew);
  });

  it('does not tell of what a failover has lost, when other messages took its numbers', async () => {
    const client = new Redis(redis.url);
    try {
      const id = await newSession(turns(1, 3));
      await append(id, [said('user', 4), { ...said('assistant', 4), content: 'this was lost' }]);
      expect(await read(id)).toContain('this was lost');
      const [last] = await client.lrange(logOf(id), -1, -1);
      await client.rpop(logOf(id));
      await client.rpush(logOf(id), last!.replace('this was lost', 'this took its place').replace(/^\d+/, '1'));
      expect(await read(id)).toContain('this took its place');
      expect(await read(id)).not.toContain('this was lost');
    } finally {
      client.disconnect();
    }
  });

  it('stays right while it grows far beyond what it needs, for several budgets in turn', async () => {
    const id = await newSession(turns(1, 100));
    for (let turn = 101; turn <= 180; turn += 1) {
      await append(id, [said('user', turn), said('assistant', turn)]);
      if (turn % 5 > 0) continue;
      for (const query of ['maxTokens=300', 'maxTokens=6000', 'strategy=last&lastMessages=7', 'maxTokens=900']) {
        const [known, fresh] = [await contextOf(id, query), await contextOf(id, query, replica)];
        expect(known).toEqual(fresh);
        expect(known.messages.at(-1)).toEqual(said('assistant', turn));
      }
    }
  });
});

describe('POST /v1/sessions/{id}/messages with a context', () => {
  const post = (id: string, body: object) => sessions.call('POST', `/v1/sessions/${id}/messages`, body);

  it('answers what fits the model with the messages that were appended', async () => {
    const id = await newSession([system, ...turns(1, 40)]);
    const context = { model: 'gpt-4o-mini', maxTokens: 400 };
    const { status, body } = await post(id, { messages: [said('user', 41)], context });
    expect([status, body['lastSeq']]).toEqual([201, 82]);
    expect(body['context']).toEqual(await contextOf(id, 'model=gpt-4o-mini&maxTokens=400'));
    expect((body['context'] as SessionContext).messages.at(-1)).toEqual(said('user', 41));
  });

  it('appends what does not fit, and nothing that was refused', async () => {
    const id = await newSession([{ role: 'system', content: 'Be brief. '.repeat(50) }]);
    const context = { maxTokens: 50 };
    expect(await post(id, { messages: [said('user', 1)], context })).toMatchObject({
      status: 201,
      body: { lastSeq: 2, context: null },
    });
    expect(await post(id, { messages: [said('user', 2)], expectedSeq: 1, context })).toMatchObject({
      status: 409,
      body: { lastSeq: 2 },
    });
    for (const wrong of [{ maxTokens: 0 }, { strategy: 'all' }, { model: '' }, 'pinned', { userId: 'ann' }]) {
      expect((await post(id, { messages: [said('user', 2)], context: wrong })).status).toBe(400);
    }
    expect((await post('nobody-knows', { messages: [said('user', 2)], context: {} })).status).toBe(404);
  });
});

describe('GET /v1/sessions/{id}/context', () => {
  it.each(['last', 'budget', 'pinned', 'summary'])('by %s fits the budget as the model counts', async (strategy) => {
    const id = await newSession([system, ...turns(1, 60)]);
    for (const model of ['gpt-4o-mini', 'gpt-4', 'claude-sonnet-4']) {
      const { messages, manifest, lastSeq } = await contextOf(id, `model=${model}&maxTokens=500&strategy=${strategy}`);
      const counts = messages.map((message) =>
        countMessageTokens(model === 'gpt-4' ? 'cl100k' : model === 'claude-sonnet-4' ? 'estimate' : 'o200k', message),
      );
      const tokens = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
      expect(manifest).toMatchObject({ strategy, model, maxTokens: 500, tokens });
      expect(tokens + 3).toBeLessThanOrEqual(500);
      expect(messages[0]).toEqual(system);
      expect(messages.at(-1)).toEqual(said('assistant', 60));
      expect([lastSeq, all(manifest)]).toEqual([121, 121]);
      expect(manifest.dropped + manifest.summarised).toBeGreaterThan(0);
    }
  });

  it('is the whole history where that fits, and of an empty one nothing', async () => {
    const history = [system, ...turns(1, 5)];
    const { messages, manifest } = await contextOf(await newSession(history), 'model=gpt-4o');
    expect(messages).toEqual(history);
    expect(manifest).toMatchObject({ strategy: 'pinned', maxTokens: 96_000, kept: 11, summarised: 0, dropped: 0 });
    expect(manifest.ranges).toEqual({ kept: [{ from: 1, to: 11 }], summarised: [], dropped: [] });
    expect(await contextOf(await newSession([]), '')).toMatchObject({
      messages: [],
      lastSeq: 0,
      manifest: { tokens: 0 },
    });
  });

  it('by last has as many messages as wanted', async () => {
    const id = await newSession([system, ...turns(1, 20)]);
    const { messages, manifest } = await contextOf(id, 'strategy=last&lastMessages=5');
    expect(messages).toEqual([system, ...turns(1, 20).slice(-5)]);
    expect(manifest).toMatchObject({ kept: 6, dropped: 35 });
    expect(manifest.ranges.dropped).toEqual([{ from: 2, to: 36 }]);
  });

  it('begins alike from turn to turn, and on every replica', async () => {
    const id = await newSession([system, ...turns(1, 30)]);
    const query = 'model=gpt-4o-mini&maxTokens=800&strategy=pinned';
    let before: readonly ChatMessage[] = [];
    let moves = 0;
    for (let turn = 31; turn <= 50; turn += 1) {
      await append(id, turns(turn, 1));
      const { messages } = await contextOf(id, query);
      expect(await contextOf(id, query, replica)).toMatchObject({ messages });
      if (JSON.stringify(messages.slice(0, before.length)) !== JSON.stringify(before)) moves += 1;
      before = messages;
    }
    expect(moves).toBeLessThanOrEqual(9);
  });

  it('keeps a call with its results, and no result whose call was deleted', async () => {
    const calls = ['a', 'b'].map((id) => ({ id, type: 'function', function: { name: 'weather', arguments: '{}' } }));
    const results = ['a', 'b'].map((id) => ({ role: 'tool', tool_call_id: id, content: 'sunny' }));
    const asking = { role: 'assistant', content: null, tool_calls: calls, id: 'asking' };
    const id = await newSession([said('user', 1), asking, ...results, said('assistant', 1)]);
    for (let maxTokens = 10; maxTokens < 120; maxTokens += 5) {
      const { messages } = await contextOf(id, `maxTokens=${maxTokens}&strategy=budget`);
      expect(messages.filter(({ role }) => role === 'tool')).toHaveLength(messages.some((m) => m.tool_calls) ? 2 : 0);
    }
    expect((await sessions.call('DELETE', `/v1/sessions/${id}/messages/asking`)).status).toBe(204);
    const { messages, manifest } = await contextOf(id, '');
    expect(messages).toEqual([said('user', 1), said('assistant', 1)]);
    expect(manifest).toMatchObject({ kept: 2, summarised: 0, dropped: 2 });
  });

  it('reads what it needs, however long the history is', async () => {
    const id = await newSession(turns(1, 500));
    class CountingLog extends MessageLog {
      read = 0;
      override tail = async (session: SessionAddress, count: number) => this.count(await log.tail(session, count));
      override range = async (session: SessionAddress, from: number, to: number) =>
        this.count(await log.range(session, from, to));
      private count<T extends LogWindow>(window: T | undefined): T | undefined {
        this.read += window?.messages.length ?? 0;
        return window;
      }
    }
    const log = sessions.app.get(MessageLog, { strict: false });
    const counting = new CountingLog();
    const rules = { strategy: 'pinned', room: 2_000, summaryTokens: 0, lastMessages: 1 } as const;
    const tokensOf = () => 20;
    const reader = new HistoryReaderService(counting);
    const read = await reader.read({ tenant: 'default', sessionId: id }, (history) =>
      new WindowFinder({ ...rules, tokensOf }).isEnough(history),
    );
    expect(read?.history.lastSeq).toBe(1_000);
    expect(counting.read).toBeLessThanOrEqual(64 + 64 + 128);
  });

  it('refuses what cannot be, and tells nobody of a session that is not theirs', async () => {
    const id = await newSession([{ role: 'system', content: 'Be brief. '.repeat(50) }, said('user', 1)], {
      userId: 'ann',
    });
    const ask = async (query: string, user: string | undefined) => {
      const headers: Record<string, string> = user === undefined ? {} : { 'x-larder-user': user };
      return (await sessions.call('GET', `/v1/sessions/${id}/context?${query}`, undefined, headers)).status;
    };
    expect(await ask('', 'ann')).toBe(200);
    expect(await ask('maxTokens=50', 'ann')).toBe(400);
    for (const query of ['strategy=all', 'maxTokens=0', 'maxTokens=x', 'maxTokens=1.5', 'lastMessages=0', 'model=']) {
      expect([query, await ask(query, 'ann')]).toEqual([query, 400]);
    }
    expect(await ask('', 'bob')).toBe(404);
    expect(await ask('maxTokens=50', 'bob')).toBe(404);
    expect((await sessions.call('GET', '/v1/sessions/nobody-knows/context')).status).toBe(404);
  });
});
