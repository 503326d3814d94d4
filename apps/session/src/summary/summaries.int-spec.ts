import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import type { SessionContext } from '#contracts';
import { countTokens } from '#llm';
import { sessionKeys } from '#redis-keys';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { startSessionApp, type RunningSessions } from '../../../../test/session/session-app.js';
import { MessageLog } from '../message/message-log.js';
import { SummaryRepository } from './summary.repository.js';
import { WantedSummaryService } from './wanted-summary.service.js';
import { SummaryWriterService } from './summary-writer.service.js';

jest.setTimeout(60_000);

let redis: RunningRedis;
let sessions: RunningSessions;
let client: Redis;

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
  sessions = await startSessionApp(redis.url, { env: { summaryTokens: 120 } });
});

afterAll(async () => {
  client.disconnect();
  await sessions.stop();
  await redis.stop();
});

const query = 'model=gpt-4o-mini&maxTokens=600&strategy=summary';
const turns = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => [
    { role: 'user', content: `In stage ${from + index} the travellers want to see ${from + index} old castles.` },
    { role: 'assistant', content: `Stage ${from + index} is planned, with a rest at noon and a bed at night.` },
  ]).flat();

async function newSession(messages: readonly object[]): Promise<string> {
  const id = (await sessions.call('POST', '/v1/sessions', {})).body['id'] as string;
  await append(id, messages);
  return id;
}

async function append(id: string, messages: readonly object[]): Promise<void> {
  for (let from = 0; from < messages.length; from += 100) {
    const part = messages.slice(from, from + 100);
    expect((await sessions.call('POST', `/v1/sessions/${id}/messages`, { messages: part })).status).toBe(201);
  }
}

async function contextOf(id: string): Promise<SessionContext> {
  return (await sessions.call('GET', `/v1/sessions/${id}/context?${query}`)).body as unknown as SessionContext;
}

/** The first context that leaves nothing untold. */
async function toldContext(id: string): Promise<SessionContext> {
  let context = await contextOf(id);
  await until('a summary', async () => {
    context = await contextOf(id);
    return context.manifest.dropped === 0;
  });
  return context;
}

const summaryOf = ({ messages }: SessionContext): string =>
  messages
    .map(({ content }) => (typeof content === 'string' ? content : ''))
    .find((content) => content.startsWith('Summary of the')) ?? '';
const keysOf = (id: string) => sessionKeys(sessions.keyPrefix).session('default', id);

describe('summaries', () => {
  it('come in the background, tell of all that the window left behind, and take no more than they may', async () => {
    const id = await newSession([{ role: 'system', content: 'Be brief.' }, ...turns(1, 40)]);
    const first = await contextOf(id);
    expect(first.manifest).toMatchObject({ summarised: 0 });
    const context = await toldContext(id);
    const { kept, summarised, tokens, ranges } = context.manifest;
    expect([kept + summarised, tokens <= 597]).toEqual([81, true]);
    expect(ranges.summarised[0]!.from).toBe(2);
    expect(context.messages[0]).toMatchObject({ role: 'system' });
    expect(context.messages[1]).toMatchObject({ role: 'user', content: summaryOf(context) });
    expect(context.messages.slice(2)).toEqual(first.messages.slice(1));
    expect(await countTokens('o200k', summaryOf(context))).toBeLessThanOrEqual(120 + 10);
  });

  it('stay the same from turn to turn, and are ready when the window moves', async () => {
    const id = await newSession(turns(1, 20));
    await toldContext(id);
    let [before, moves, changes, untold] = ['', 0, 0, 0];
    for (let turn = 21; turn <= 36; turn += 1) {
      await append(id, turns(turn, 1));
      const context = await contextOf(id);
      const beginning = JSON.stringify(context.messages.slice(0, 2));
      changes += beginning === before ? 0 : 1;
      before = beginning;
      if (context.manifest.dropped > 0) untold += 1;
      const { summarising } = keysOf(id);
      await until('the summariser to rest', async () => (await client.exists(summarising)) === 0);
      moves = (await client.hkeys(keysOf(id).summaries)).length;
    }
    expect(moves).toBeGreaterThan(1);
    expect(moves).toBeLessThanOrEqual(16);
    expect(changes).toBeLessThanOrEqual(moves + 2);
    expect(untold).toBeLessThanOrEqual(3);
  });

  it('are dropped by an edit of what they tell of, kept by one behind it, and written anew', async () => {
    const secret = {
      role: 'user',
      content: 'The secret code of stage 1 castles is 4711, for all travellers.',
      id: 'secret',
    };
    const id = await newSession([secret, ...turns(1, 40)]);
    expect(summaryOf(await toldContext(id))).toContain('4711');
    const last = (
      (await sessions.call('GET', `/v1/sessions/${id}/messages?order=desc&limit=1`)).body['data'] as [{ id: string }]
    )[0];
    const edit = (messageId: string, content: string) =>
      sessions.call('PATCH', `/v1/sessions/${id}/messages/${messageId}`, { content });
    expect((await edit(last.id, 'All is planned.')).status).toBe(200);
    expect(summaryOf(await contextOf(id))).toContain('4711');
    expect((await edit('secret', 'Nothing to see in stage 1 castles, 0 travellers.')).status).toBe(200);
    expect(summaryOf(await contextOf(id))).not.toContain('4711');
    expect(JSON.stringify(await client.hgetall(keysOf(id).summaries))).not.toContain('4711');
    expect(summaryOf(await toldContext(id))).not.toContain('4711');
  });

  it('are asked for again when the event was lost', async () => {
    const id = await newSession(turns(1, 40));
    await client.set(keysOf(id).summarising, '1', 'PX', 300);
    expect((await contextOf(id)).manifest.summarised).toBe(0);
    expect((await toldContext(id)).manifest.summarised).toBeGreaterThan(0);
  });

  it('of a long history are written step by step, each from the one before', async () => {
    const id = await newSession(turns(1, 350));
    const { manifest } = await toldContext(id);
    expect(manifest.summarised + manifest.kept).toBe(700);
    expect((await client.hkeys(keysOf(id).summaries)).length).toBeGreaterThan(1);
  });

  it('expire with their session, and go with it', async () => {
    const id = await newSession(turns(1, 40));
    await toldContext(id);
    const { meta, summaries } = keysOf(id);
    expect(await client.pexpiretime(summaries)).toBe(await client.pexpiretime(meta));
    expect((await sessions.call('DELETE', `/v1/sessions/${id}`)).status).toBe(204);
    expect(await client.exists(summaries)).toBe(0);
  });

  it('are not stored of a log that changed while they were written', async () => {
    const id = await newSession(turns(1, 10));
    const session = { tenant: 'default', sessionId: id };
    const repository = sessions.app.get(SummaryRepository, { strict: false });
    const { state } = (await sessions.app.get(MessageLog, { strict: false }).tail(session, 1))!;
    const summary = { to: 10, messages: 10, text: 'x', hash: 'x', by: 'test' };
    expect(await repository.store(session, { ...state, edition: state.edition + 1 }, summary)).toBe('edited');
    expect(await repository.store(session, { ...state, createdAt: 1 }, summary)).toBe('absent');
    expect(await repository.store(session, state, summary)).toBe('stored');
    const writer = sessions.app.get(SummaryWriterService, { strict: false });
    expect(await writer.step(session, 10)).toBe('done');
    expect(await repository.latest(session, 10)).toMatchObject({ text: 'x' });
    expect(await writer.step({ ...session, sessionId: 'nobody-knows' }, 10)).toBe('absent');
  });

  it('are had at once by who asks for them, step by step, and by whom the session belongs to alone', async () => {
    const created = await sessions.call('POST', '/v1/sessions', { userId: 'ann' });
    const id = created.body['id'] as string;
    const headers = { 'x-larder-user': 'ann' };
    const messages = turns(1, 50);
    expect((await sessions.call('POST', `/v1/sessions/${id}/messages`, { messages }, headers)).status).toBe(201);
    const wanted = sessions.app.get(WantedSummaryService, { strict: false });
    const ask = (more: object) => wanted.step({ tenant: 'default', sessionId: id, ...more });
    expect(await ask({ userId: 'bob' })).toEqual({ state: 'absent' });
    const reply = await ask({ userId: 'ann', to: 60 });
    expect(reply).toMatchObject({
      state: 'summarised',
      to: 60,
      messages: 60,
      text: expect.stringContaining('castles'),
    });
    expect(await ask({ userId: 'ann', to: 60 })).toEqual(reply);
    await client.set(keysOf(id).summarising, '1', 'PX', 60_000);
    expect(await ask({ userId: 'ann' })).toEqual({ state: 'busy' });
    await client.del(keysOf(id).summarising);
    expect(await ask({ userId: 'ann' })).toMatchObject({ state: 'summarised', to: 100 });
    expect(await client.exists(keysOf(id).summarising)).toBe(0);
  });
});
