import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { startSessionApp, type RunningSessions } from '../../../../test/session/session-app.js';

jest.setTimeout(120_000);

let redis: RunningRedis;
let sessions: RunningSessions;

beforeAll(async () => {
  redis = await startRedis();
  sessions = await startSessionApp(redis.url);
});

afterAll(async () => {
  await sessions.stop();
  await redis.stop();
});

async function newSession(): Promise<string> {
  return (await sessions.call('POST', '/v1/sessions', {})).body['id'] as string;
}

const append = (id: string, messages: unknown[], more: object = {}) =>
  sessions.call('POST', `/v1/sessions/${id}/messages`, { messages, ...more });
const list = (id: string, query = '') => sessions.call('GET', `/v1/sessions/${id}/messages${query}`);
const user = (content: string, id?: string) => ({ role: 'user', content, ...(id && { id }) });
const call = (id: string) => ({ id, type: 'function', function: { name: 'weather', arguments: '{}' } });

describe('messages of a session', () => {
  it('are numbered from 1 without gaps, and come back as they were sent', async () => {
    const id = await newSession();
    const sent = [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: 'https://x/y.png' } },
        ],
      },
      { role: 'assistant', content: null, tool_calls: [call('c1'), call('c2')] },
      { role: 'tool', tool_call_id: 'c2', content: 'two' },
      { role: 'tool', tool_call_id: 'c1', content: '' },
      { role: 'assistant', content: null, refusal: 'I cannot.' },
    ];
    const appended = await append(id, sent);
    expect(appended.status).toBe(201);
    expect(appended.body).toMatchObject({ lastSeq: 6 });
    const { data, nextCursor } = (await list(id)).body as { data: Record<string, unknown>[]; nextCursor: null };
    expect(nextCursor).toBeNull();
    expect(data.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const [index, message] of sent.entries()) expect(data[index]).toMatchObject(message);
    for (const message of data) {
      expect(message['tokens']).toBeGreaterThan(0);
      expect(Date.parse(message['createdAt'] as string)).not.toBeNaN();
      expect(message['id']).toMatch(/^[0-9a-f]{32}$/);
    }
  });

  it('are added once, however often the writer tries', async () => {
    const id = await newSession();
    const batch = [user('a', 'm1'), user('b', 'm2')];
    const first = await append(id, batch, { expectedSeq: 0 });
    const second = await append(id, batch, { expectedSeq: 0 });
    expect(second.status).toBe(201);
    expect(second.body).toEqual(first.body);
    await append(id, [user('c', 'm3')]);
    expect((await append(id, batch)).body).toEqual(first.body);
    await sessions.call('DELETE', `/v1/sessions/${id}/messages/m3`);
    expect((await append(id, [user('other', 'm1')])).body).toMatchObject({ code: 'message_id_reused', status: 409 });
    expect((await list(id)).body['data']).toHaveLength(2);
  });

  it('are refused with the number of the last one when another was expected', async () => {
    const id = await newSession();
    await append(id, [user('a')]);
    const refused = await append(id, [user('b')], { expectedSeq: 0 });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: 'conflict', lastSeq: 1 });
    expect((await append(id, [user('b')], { expectedSeq: 1 })).body['lastSeq']).toBe(2);
  });

  it('are read by cursor in both directions', async () => {
    const id = await newSession();
    await append(
      id,
      Array.from({ length: 7 }, (_, index) => user(`m${index + 1}`)),
    );
    for (const order of ['asc', 'desc']) {
      const seqs: number[] = [];
      let cursor = '';
      do {
        const { body } = await list(id, `?order=${order}&limit=3${cursor && `&cursor=${cursor}`}`);
        seqs.push(...(body['data'] as { seq: number }[]).map(({ seq }) => seq));
        cursor = (body['nextCursor'] as string | null) ?? '';
      } while (cursor);
      const wanted = [1, 2, 3, 4, 5, 6, 7];
      expect(seqs).toEqual(order === 'asc' ? wanted : wanted.reverse());
    }
  });

  it('are edited, annotated and deleted without losing their numbers', async () => {
    const id = await newSession();
    await append(id, [user('first', 'm1'), user('second', 'm2'), user('third', 'm3')]);
    const path = `/v1/sessions/${id}/messages`;
    const edited = await sessions.call('PATCH', `${path}/m2`, { content: 'better', version: 1 });
    expect(edited.body).toMatchObject({ content: 'better', version: 2, seq: 2 });
    expect((await sessions.call('PATCH', `${path}/m2`, { content: 'late', version: 1 })).status).toBe(409);
    expect(await sessions.call('PATCH', `${path}/m2`, { content: '' })).toMatchObject({
      status: 400,
      body: { param: 'content' },
    });
    for (const stale of [{}, { metadata: { late: 1 } }, { reactions: { late: 1 } }]) {
      expect((await sessions.call('PATCH', `${path}/m2`, { ...stale, version: 1 })).body).toMatchObject({
        status: 409,
        version: 2,
      });
    }
    await sessions.call('PATCH', `${path}/m2`, { version: 2, reactions: { up: 1, down: 2 }, metadata: { a: 1 } });
    await sessions.call('PATCH', `${path}/m2`, { reactions: { down: null } });
    const read = await sessions.call('GET', `${path}/m2`);
    expect(read.body).toMatchObject({ reactions: { up: 1 }, metadata: { a: 1 }, earlier: [{ content: 'second' }] });
    expect((await sessions.call('DELETE', `${path}/m1`)).status).toBe(204);
    expect((await sessions.call('DELETE', `${path}/m1`)).status).toBe(404);
    expect((await sessions.call('GET', `${path}/m1`)).status).toBe(404);
    expect(((await list(id)).body['data'] as { seq: number }[]).map(({ seq }) => seq)).toEqual([2, 3]);
    expect((await append(id, [user('first', 'm1'), user('fourth', 'm4')])).body).toMatchObject({ lastSeq: 4 });
    expect((await sessions.call('GET', `/v1/sessions/${id}`)).body).toMatchObject({ lastSeq: 4, messageCount: 3 });
  });
});

describe('a message that cannot be kept', () => {
  const bad: [string, unknown, string][] = [
    ['an unknown role', { role: 'wizard', content: 'x' }, 'messages.0.role'],
    ['no role', { content: 'x' }, 'messages.0.role'],
    ['empty content', { role: 'user', content: '' }, 'messages.0.content'],
    ['no content', { role: 'user' }, 'messages.0.content'],
    ['null content', { role: 'user', content: null }, 'messages.0.content'],
    ['no parts', { role: 'user', content: [] }, 'messages.0.content'],
    ['an empty part', { role: 'user', content: [{ type: 'text', text: '' }] }, 'messages.0.content.0.text'],
    ['a part without type', { role: 'user', content: [{ text: 'x' }] }, 'messages.0.content.0'],
    ['a number', { role: 'user', content: 7 }, 'messages.0.content'],
    ['a silent assistant', { role: 'assistant', content: null }, 'messages.0.content'],
    ['a tool without call id', { role: 'tool', content: 'x' }, 'messages.0.tool_call_id'],
    ['a result without call', { role: 'tool', content: 'x', tool_call_id: 'c9' }, 'messages.0.tool_call_id'],
    ['calls of a user', { role: 'user', content: 'x', tool_calls: [call('c')] }, 'messages.0.tool_calls'],
    ['a call without name', { role: 'assistant', tool_calls: [{ id: 'c' }] }, 'messages.0.tool_calls.0.function.name'],
    ['an id that is none', { id: 'a:b', role: 'user', content: 'x' }, 'messages.0.id'],
    ['metadata that are none', { role: 'user', content: 'x', metadata: 'y' }, 'messages.0.metadata'],
    ['an unknown status', { role: 'user', content: 'x', status: 'odd' }, 'messages.0.status'],
  ];

  it.each(bad)('is refused: %s', async (_, message, param) => {
    const id = await newSession();
    const refused = await append(id, [message]);
    expect(refused).toMatchObject({ status: 400, type: 'application/problem+json; charset=utf-8', body: { param } });
    expect((await list(id)).body['data']).toEqual([]);
  });

  it('is refused with its whole batch', async () => {
    const id = await newSession();
    expect((await append(id, [user('good'), user('')])).status).toBe(400);
    expect((await append(id, [user('a', 'same'), user('b', 'same')])).status).toBe(400);
    expect((await append(id, [])).status).toBe(400);
    expect((await append(id, ['text'])).status).toBe(400);
    expect((await list(id)).body['data']).toEqual([]);
  });

  it('is refused when a megabyte long', async () => {
    const id = await newSession();
    const refused = await append(id, [user('x'.repeat(1_000_000))]);
    expect(refused).toMatchObject({ status: 413, body: { param: 'messages.0' } });
  });

  it('is refused with more notes than may be added later', async () => {
    const id = await newSession();
    const noted = { ...user('a', 'm1'), metadata: { note: 'x'.repeat(16_384) } };
    expect(await append(id, [noted])).toMatchObject({ status: 413, body: { param: 'messages.0.metadata' } });
  });

  it('is refused when its call was answered, or something else was said since', async () => {
    const id = await newSession();
    const result = { role: 'tool', tool_call_id: 'c1', content: 'x' };
    await append(id, [user('q'), { role: 'assistant', content: null, tool_calls: [call('c1')] }, result]);
    expect((await append(id, [result])).status).toBe(400);
    await append(id, [{ role: 'assistant', content: null, tool_calls: [call('c1')] }, user('never mind')]);
    expect((await append(id, [result])).status).toBe(400);
  });

  it.each([
    'x',
    'YXNj',
    Buffer.from('asc.0').toString('base64url'),
    Buffer.from('desc.3').toString('base64url'),
    '%00',
  ])('and so is a forged cursor: %s', async (cursor) => {
    const id = await newSession();
    expect((await list(id, `?cursor=${cursor}`)).status).toBe(400);
  });
});
