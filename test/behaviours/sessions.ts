import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import OpenAI from 'openai';
import { expectOpenAiError } from '../larder/error-shapes.js';
import type { Reply } from '../larder/http.js';
import { question, politely, OwnCache } from '../larder/own-cache.js';
import { OwnSession } from '../larder/own-session.js';
import { eventually, freshPrompt, type CurrentSuite } from '../larder/suite.js';

const user = (content: string) => ({ role: 'user' as const, content });
const system = { role: 'system' as const, content: 'Be brief.' };
const contentOf = (reply: Reply) => reply.json<OpenAI.ChatCompletion>().choices[0]!.message.content!;

/** A conversation that is kept by Larder: the client sends what is new, and names the session. */
export function conversationsAreRemembered(current: CurrentSuite): void {
  describe('conversations', () => {
    const session: SessionOf = (more) => OwnSession.begin(current, more);
    withTheOfficialClient(current, session);
    answersFromTheCache(current, session);
    brokenTurns(current, session);
    concurrentTurns(current, session);
    refusals(current, session);
  });
}

type SessionOf = (more?: { readonly userId?: string }) => Promise<OwnSession>;

function withTheOfficialClient(current: CurrentSuite, begin: SessionOf): void {
  it('go on with the official client: plain, streamed, and from chat to responses', async () => {
    const session = await begin();
    const { upstream } = current();
    const client = session.client();
    const prompts = [freshPrompt('one'), freshPrompt('two'), freshPrompt('three')];
    const first = await client.chat.completions.create({ model: 'stand-in', messages: [system, user(prompts[0]!)] });
    const stream = await client.chat.completions.create({
      model: 'stand-in',
      stream: true,
      messages: [system, user(prompts[1]!)],
    });
    let spelled = '';
    for await (const chunk of stream) spelled += chunk.choices[0]?.delta.content ?? '';
    const third = await client.responses.create({ model: 'stand-in', input: prompts[2]! });
    const said = [first.choices[0]!.message.content, spelled, third.output_text];
    const told = [system, ...prompts.flatMap((prompt, at) => [user(prompt), { role: 'assistant', content: said[at] }])];
    expect(await session.messages()).toMatchObject(told.map((message) => ({ ...message, status: 'complete' })));
    expect(upstream.chatCalls({ containing: prompts[1]! })[0]!.chat!.messages).toEqual([...told.slice(0, 3), told[3]]);
    const [call] = upstream.responseCalls(prompts[2]!);
    const items = told.slice(0, 5).map((message) => ({ type: 'message', ...message }));
    expect(JSON.parse(call!.text)).toMatchObject({ input: [...items, user(prompts[2]!)] });
  });

  it('keep the calls of tools beside their results', async () => {
    const session = await begin();
    const weather = { id: 'call_1', name: 'weather', arguments: '{"city":"Zürich"}' };
    const model = current().upstream.newModel({ toolCalls: [weather] }, {});
    await session.chat(user(freshPrompt()), { model });
    const orphan = await session.chat({ role: 'tool', tool_call_id: 'call_2', content: '12 °C' }, { model });
    expect(expectOpenAiError(orphan, 400).param).toBe('messages.0');
    const reply = await session.chat({ role: 'tool', tool_call_id: 'call_1', content: '12 °C' }, { model });
    expect(reply.status).toBe(200);
    expect((await session.messages()).map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
  });
}

function answersFromTheCache(current: CurrentSuite, begin: SessionOf): void {
  it('keep both sides of what the cache answers, and never mix histories', async () => {
    const prompt = user(freshPrompt());
    const [one, two] = [await begin(), await begin()];
    const first = await one.chat(prompt);
    const again = await eventually(async () => {
      const session = await begin();
      const reply = await session.chat(prompt, { stream: true });
      expect(reply.headers['x-larder-cache']).toBe('hit-exact');
      return session;
    });
    expect(await again.texts()).toEqual([prompt.content, contentOf(first)]);
    await two.chat(user(freshPrompt()));
    // The same words after other words are another question.
    const elsewhere = await two.chat(prompt);
    expect(elsewhere.headers['x-larder-cache']).toBe('miss');
    expect(await two.messages()).toHaveLength(4);
  });

  it('keep both sides of an answer to the same question in other words', async () => {
    const cache = await new OwnCache(current).configure({ mode: 'semantic' });
    await cache.learn();
    const session = await begin();
    const reply = await session.chat(user(politely), {}, { 'x-larder-cache-id': cache.id });
    expect(reply.headers['x-larder-cache']).toBe('hit-semantic');
    expect(await session.texts()).toEqual([politely, contentOf(reply)]);
    expect(question).not.toBe(politely);
  });

  it('share one call when they ask the same at once, and each keeps its turn', async () => {
    const { upstream } = current();
    await eventually(async () => {
      const model = upstream.newModel({ delayMs: 500 });
      const prompt = user(freshPrompt());
      const sessions = await Promise.all([begin(), begin(), begin()]);
      const replies = await Promise.all(sessions.map((session) => session.chat(prompt, { model })));
      for (const session of sessions) expect(await session.texts()).toEqual([prompt.content, contentOf(replies[0]!)]);
      // On a machine so busy that the cache missed its deadline, each went alone.
      expect(upstream.chatCalls({ model })).toHaveLength(1);
    });
  });

  it('keep a turn once, however often it is repeated under its idempotency key', async () => {
    const session = await begin();
    const headers = { 'idempotency-key': randomUUID() };
    const prompt = user(freshPrompt());
    const replies = [await session.chat(prompt, {}, headers), await session.chat(prompt, {}, headers)];
    expect(replies.map(contentOf)).toEqual([contentOf(replies[0]!), contentOf(replies[0]!)]);
    expect(await session.messages()).toHaveLength(2);
    const elsewhere = { ...headers, 'x-larder-session': (await begin()).id };
    expectOpenAiError(await session.chat(prompt, {}, elsewhere), 409);
  });
}

function brokenTurns(current: CurrentSuite, begin: SessionOf): void {
  it('keep what had come when the client hangs up, and go on at once', async () => {
    const session = await begin();
    const { upstream } = current();
    const words = 'word '.repeat(500);
    const model = upstream.newModel({ content: words, chunkDelayMs: 50 }, {});
    const prompt = user(freshPrompt());
    const stream = await session.client().chat.completions.create({ model, messages: [prompt], stream: true });
    let read = '';
    for await (const chunk of stream) {
      read += chunk.choices[0]?.delta.content ?? '';
      if (read.length > 20) break;
    }
    await eventually(async () => {
      expect(await session.messages()).toMatchObject([
        { ...prompt, status: 'complete' },
        { role: 'assistant', status: 'interrupted' },
      ]);
    });
    const partial = (await session.texts())[1]!;
    expect(partial.startsWith(read) && words.startsWith(partial)).toBe(true);
    expect(partial.length).toBeLessThan(words.length);
    // Upstream is still being heard out.
    const next = user(freshPrompt());
    expect((await session.chat(next, { model })).status).toBe(200);
    const [call] = upstream.chatCalls({ containing: next.content });
    expect(call!.chat!.messages).toMatchObject([prompt, { content: partial }, next]);
  });

  it('keep what had come when upstream breaks off, and nothing when it refuses, fails or says nothing', async () => {
    const session = await begin();
    const { upstream } = current();
    await session.chat(user('one'), {
      model: upstream.newModel({ breakAfterChunks: 4, chunkDelayMs: 50 }),
      stream: true,
    });
    const texts = await session.texts();
    expect(texts).toEqual(['one', expect.stringMatching(/^Answer \d+ /)]);
    const statuses: number[] = [];
    for (const behaviour of [{ status: 400 }, { status: 500 }, { noChoices: true }]) {
      statuses.push((await session.chat(user('two'), { model: upstream.newModel(behaviour) })).status);
    }
    expect(statuses).toEqual([400, 500, 200]);
    expect(await session.texts()).toEqual(texts);
    await session.chat(user('three'));
    expect(await session.messages()).toHaveLength(4);
  });
}

function concurrentTurns(current: CurrentSuite, begin: SessionOf): void {
  it('take turns: the second waits for the first and knows what was said', async () => {
    const session = await begin();
    const { upstream } = current();
    const model = upstream.newModel({ delayMs: 700 });
    const prompts = [user(freshPrompt()), user(freshPrompt())];
    const replies = await Promise.all(prompts.map((prompt) => session.chat(prompt, { model })));
    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
    const texts = await session.texts();
    expect(texts).toHaveLength(4);
    const [first, second] = texts[0] === prompts[0]!.content ? [0, 1] : [1, 0];
    const order = [first, second].flatMap((at) => [prompts[at]!.content, contentOf(replies[at]!)]);
    expect(texts).toEqual(order);
    const [, later] = upstream.chatCalls({ model });
    expect(later!.chat!.messages.map(({ content }) => content)).toEqual(texts.slice(0, 3));
  });

  it('refuse a second turn at once where the caller wants that', async () => {
    const session = await begin();
    let goOn = (): void => undefined;
    const until = new Promise<void>((resolve) => (goOn = resolve));
    const model = current().upstream.newModel({ until }, {});
    const first = session.chat(user('one'), { model });
    await eventually(() => expect(current().upstream.chatCalls({ model })).toHaveLength(1));
    const refused = await session.chat(user('two'), { model }, { 'x-larder-session-on-busy': 'refuse' });
    expect(expectOpenAiError(refused, 409).code).toBe('session_busy');
    expect(refused.headers['x-should-retry']).toBe('false');
    goOn();
    expect((await first).status).toBe(200);
    expect((await session.texts())[0]).toBe('one');
    expect(await session.messages()).toHaveLength(2);
  });
}

function refusals(current: CurrentSuite, begin: SessionOf): void {
  let other: string;
  beforeAll(async () => {
    const { larder } = current();
    await larder.createTenant('sessions-other');
    other = (await larder.createKey({ tenant: 'sessions-other', roles: ['chat', 'sessions'] })).key;
  });

  it('are absent for another user, another tenant, and when they never were, and nobody can tell which', async () => {
    const session = await begin({ userId: 'ann@example.com' });
    const own = { 'x-larder-user': 'ann@example.com' };
    expect((await session.chat(user('mine'), {}, own)).status).toBe(200);
    const errors = [
      await session.chat(user('mine'), {}, { 'x-larder-user': 'bob' }),
      await session.chat(user('mine')),
      await session.chat(user('mine'), {}, { ...own, authorization: `Bearer ${other}` }),
      await session.chat(user('mine'), {}, { ...own, 'x-larder-session': 'never-was' }),
    ].map((reply) => expectOpenAiError(reply, 404));
    expect(new Set(errors.map((error) => JSON.stringify(error))).size).toBe(1);
    expect(errors[0]!.code).toBe('session_not_found');
    expect(await session.messages(own)).toHaveLength(2);
  });

  it.each([
    [{ 'x-larder-session': 'a:b' }, {}, 'x-larder-session'],
    [{ 'x-larder-session-strategy': 'everything' }, {}, 'x-larder-session-strategy'],
    [{ 'x-larder-session-max-tokens': '-1' }, {}, 'x-larder-session-max-tokens'],
    [{}, { n: 2 }, 'n'],
    [{}, { messages: [{ role: 'clown', content: 'x' }] }, 'messages.0.role'],
    [{}, { messages: [{ role: 'user', content: '' }] }, 'messages.0.content'],
    [{}, { messages: [{ role: 'user', content: 'x'.repeat(600_000) }] }, 'messages.0'],
    [{}, { messages: Array.from({ length: 101 }, () => user('x')) }, 'messages'],
  ])('refuse %j %#, before any model is asked', async (headers, more, param) => {
    const session = await begin();
    const model = current().upstream.newModel({});
    const reply = await session.chat(user('x'), { model, ...more }, headers);
    expect([400, 413]).toContain(reply.status);
    expect(expectOpenAiError(reply, reply.status).param).toBe(param);
    expect(current().upstream.chatCalls({ model })).toEqual([]);
    expect(await session.messages()).toEqual([]);
  });

  it('need a key that may use sessions', async () => {
    const session = await begin();
    const { key } = await current().larder.createKey({ roles: ['chat'] });
    expectOpenAiError(await session.chat(user('x'), {}, { authorization: `Bearer ${key}` }), 403);
  });
}
