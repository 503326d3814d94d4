import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import type { BeginTurnRequest, FinishTurnRequest, NewMessage } from '#contracts';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { startSessionApp, type RunningSessions } from '../../../../test/session/session-app.js';
import { TurnService } from './turn.service.js';

jest.setTimeout(120_000);

let redis: RunningRedis;
let client: Redis;
let sessions: RunningSessions;
let turns: TurnService;

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
  sessions = await startSessionApp(redis.url);
  turns = sessions.app.get(TurnService, { strict: false });
});

afterAll(async () => {
  await sessions.stop();
  client.disconnect();
  await redis.stop();
});

async function newSession(userId = 'ann'): Promise<string> {
  return (await sessions.call('POST', '/v1/sessions', { userId })).body['id'] as string;
}

const scope = (sessionId: string, turnId: string) => ({ tenant: 'default', sessionId, userId: 'ann', turnId });
const begin = (sessionId: string, turnId: string, more: Partial<BeginTurnRequest> = {}) =>
  turns.begin({ ...scope(sessionId, turnId), ...more });
const said = (content: string): NewMessage[] => [
  { message: { role: 'user', content: `${content}?` } },
  { message: { role: 'assistant', content: `${content}!` } },
];
const finish = (sessionId: string, turnId: string, baseSeq: number, more: Partial<FinishTurnRequest> = {}) =>
  turns.finish({ ...scope(sessionId, turnId), messages: said(turnId), baseSeq, ...more });
const leaseEnds = (sessionId: string) => client.del(`${sessions.keyPrefix}:session:{default:${sessionId}}:turn`);

async function contents(sessionId: string): Promise<unknown[]> {
  const { body } = await sessions.call('GET', `/v1/sessions/${sessionId}/messages`);
  return (body['data'] as { content: unknown }[]).map(({ content }) => content);
}

describe('a turn', () => {
  it('is given what was said before, and keeps question and answer together', async () => {
    const id = await newSession();
    expect(await begin(id, 't1')).toMatchObject({ state: 'begun', context: { messages: [], lastSeq: 0 } });
    expect(await finish(id, 't1', 0)).toEqual({ state: 'appended', lastSeq: 2 });
    const second = await begin(id, 't2');
    expect(second).toMatchObject({
      state: 'begun',
      context: { messages: [{ content: 't1?' }, { content: 't1!' }], lastSeq: 2 },
    });
    expect(await contents(id)).toEqual(['t1?', 't1!']);
  });

  it('is alone: another is refused, or waits until it is over', async () => {
    const id = await newSession();
    await begin(id, 't1');
    expect(await begin(id, 't2')).toEqual({ state: 'busy' });
    const waiting = begin(id, 't3', { onBusy: 'wait' });
    await finish(id, 't1', 0);
    expect(await waiting).toMatchObject({ state: 'begun', context: { lastSeq: 2 } });
    expect(await begin(id, 't3')).toMatchObject({ state: 'begun' });
  });

  it('leaves nothing behind when it comes to nothing', async () => {
    const id = await newSession();
    await begin(id, 't1');
    await finish(id, 't1', 0, { messages: [] });
    expect(await begin(id, 't2')).toMatchObject({ state: 'begun', context: { lastSeq: 0 } });
  });

  it('is finished once, however often that is said', async () => {
    const id = await newSession();
    await begin(id, 't1');
    await finish(id, 't1', 0);
    await begin(id, 't2');
    expect(await finish(id, 't1', 0)).toEqual({ state: 'appended', lastSeq: 2 });
    expect(await begin(id, 't3')).toEqual({ state: 'busy' });
    expect(await contents(id)).toHaveLength(2);
  });

  it('whose lease ran out counts if nothing came in between, and is lost otherwise', async () => {
    const id = await newSession();
    await begin(id, 't1');
    expect(await turns.renew(scope(id, 't1'))).toEqual({ held: true });
    await leaseEnds(id);
    expect(await turns.renew(scope(id, 't1'))).toEqual({ held: false });
    expect(await finish(id, 't1', 0)).toMatchObject({ state: 'appended' });

    await begin(id, 't2');
    await leaseEnds(id);
    await begin(id, 't3');
    expect(await finish(id, 't2', 2)).toEqual({ state: 'lost' });
    await finish(id, 't3', 2);
    expect(await finish(id, 't2', 2)).toEqual({ state: 'lost' });
    expect(await contents(id)).toEqual(['t1?', 't1!', 't3?', 't3!']);
  });

  it('keeps an answer that was cut off as such', async () => {
    const id = await newSession();
    await begin(id, 't1');
    const cut: NewMessage = { message: { role: 'assistant', content: 'Well' }, status: 'interrupted' };
    await finish(id, 't1', 0, { messages: [said('t1')[0]!, cut] });
    const { body } = await sessions.call('GET', `/v1/sessions/${id}/messages`);
    expect(body['data']).toMatchObject([{ status: 'complete' }, { status: 'interrupted', content: 'Well' }]);
  });

  it('of a session of somebody else is as of none at all', async () => {
    const id = await newSession('bob');
    expect(await begin(id, 't1')).toEqual({ state: 'absent' });
    expect(await begin('nothing-here', 't1')).toEqual({ state: 'absent' });
    expect(await finish(id, 't1', 0)).toEqual({ state: 'absent' });
    expect(await turns.begin({ tenant: 'other', sessionId: id, userId: 'bob', turnId: 't' })).toEqual({
      state: 'absent',
    });
    expect(await turns.begin({ tenant: 'default', sessionId: id, turnId: 't' })).toEqual({ state: 'absent' });
    expect(await turns.begin({ tenant: 'default', sessionId: id, reach: 'any', turnId: 't' })).toMatchObject({
      state: 'begun',
    });
  });
});
