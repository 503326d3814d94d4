import { beforeAll, describe, expect, it } from '@jest/globals';
import type OpenAI from 'openai';
import type { Reply } from '../larder/http.js';
import { readSseText, spelledText } from '../larder/sse.js';
import { OwnCache, politely, question } from '../larder/own-cache.js';
import { eventually, patienceMs, promptMarker, type CurrentSuite } from '../larder/suite.js';

type Headers = Readonly<Record<string, string>>;
type More = Readonly<Record<string, unknown>>;

const sameQuestion: [string, string][] = [
  ['politeness', politely],
  ['a typing error', `How do I reset the pasword of the ${promptMarker} portal?`],
  ['its order', `How do I reset the ${promptMarker} portal password?`],
];
const otherQuestion: [string, string][] = [
  ['a negation', `How do I not reset the password of the ${promptMarker} portal?`],
  ['a number', `How do I reset 2 passwords of the ${promptMarker} portal?`],
  ['another verb', `How do I delete the password of the ${promptMarker} portal?`],
  ['another name', 'How do I reset the password of the Zanzibar portal?'],
];
const tools = [{ type: 'function', function: { name: 'lookup', parameters: { type: 'object' } } }];

const cacheOf = (reply: Reply) => reply.headers['x-larder-cache'];
const contentOf = (reply: Reply) => reply.json<OpenAI.ChatCompletion>().choices[0]!.message.content;

/** A question that means the same as one asked before is answered like that one; one that only looks like it is not. */
export function questionsAreAnsweredByMeaning(current: CurrentSuite): void {
  describe('semantic cache', () => {
    meaning(current);
    isolation(current);
    callerIsStricter(current);
    policies(current);
    users(current);
  });
}

function meaning(current: CurrentSuite): void {
  let cache: OwnCache;
  let first: Reply;
  beforeAll(async () => {
    cache = new OwnCache(current);
    first = await cache.learn();
  }, patienceMs);

  it.each(sameQuestion)('knows a question again in spite of %s', async (_name, prompt) => {
    for (const gateway of current().larder.gateways.keys()) {
      const reply = await cache.look(prompt, {}, {}, gateway);
      expect(reply.headers).toMatchObject({
        'cache-status': expect.stringMatching(/^larder; hit; ttl=\d+; detail=semantic$/),
        'x-larder-cache': 'hit-semantic',
        'x-larder-entry': first.headers['x-larder-entry'],
        'x-larder-similarity': expect.stringMatching(/^(0\.\d{4}|1\.0000)$/),
        'x-larder-cache-class': expect.any(String),
        age: expect.stringMatching(/^\d+$/),
      });
      expect(reply.json()).toEqual(first.json());
    }
  });

  it.each(otherQuestion)('does not take %s for the same question', async (_name, prompt) => {
    const reply = await cache.look(prompt);
    expect([reply.status, cacheOf(reply)]).toEqual([504, 'miss']);
    expect(reply.headers['x-larder-cache-reason']).toMatch(/^(absent|guard-[a-z-]+)$/);
  });

  it('replays it as a stream', async () => {
    const reply = await cache.look(politely, {}, { stream: true, stream_options: { include_usage: true } });
    expect(cacheOf(reply)).toBe('hit-semantic');
    const { chunks, done } = readSseText(reply.text);
    expect([done, spelledText(chunks)]).toEqual([true, contentOf(first)]);
    expect(chunks.at(-1)!.usage).toMatchObject({ prompt_tokens: 11 });
  });

  it('answers the same text as an exact hit', async () => {
    expect(cacheOf(await cache.look(question))).toBe('hit-exact');
  });
}

function isolation(current: CurrentSuite): void {
  let cache: OwnCache;
  beforeAll(async () => {
    cache = new OwnCache(current);
    await cache.learn({ 'x-larder-cache-attributes': 'team=a' });
  }, patienceMs);
  const sameAttributes = { 'x-larder-cache-attributes': 'team=a' };
  const asked = { role: 'user', content: politely };
  const frames: [string, Headers, More][] = [
    ['another system prompt', {}, { messages: [{ role: 'system', content: 'Be brief.' }, asked] }],
    ['an earlier turn', {}, { messages: [asked, { role: 'assistant', content: 'Which one?' }, asked] }],
    ['another model', {}, { model: 'stand-in-mini' }],
    ['other sampling', {}, { temperature: 0.25 }],
    ['a field that nobody knows', {}, { x_new_field: 1 }],
    ['another locale', { 'x-larder-locale': 'de-CH' }, {}],
    ['other safety flags', { 'x-larder-safety': 'strict' }, {}],
    ['another namespace', {}, { cache: { namespace: 'elsewhere' } }],
    ['other attributes', { 'x-larder-cache-attributes': 'team=b' }, {}],
    ['another cache', { 'x-larder-cache-id': 'another-cache' }, {}],
  ];
  it.each(frames)('never answers across %s', async (_name, headers, more) => {
    const reply = await cache.look(politely, { ...sameAttributes, ...headers }, more);
    expect([reply.status, cacheOf(reply)]).toEqual([504, 'miss']);
  });

  it('never answers another tenant', async () => {
    const { larder } = current();
    await larder.createTenant('meaning-other');
    const { key } = await larder.createKey({ tenant: 'meaning-other' });
    const theirs = { ...sameAttributes, authorization: `Bearer ${key}` };
    expect((await cache.look(politely, theirs)).status).toBe(504);
    expect((await cache.look(politely, sameAttributes)).status).toBe(200);
  });
}

function callerIsStricter(current: CurrentSuite): void {
  let cache: OwnCache;
  beforeAll(async () => {
    cache = new OwnCache(current);
    await cache.learn();
  }, patienceMs);

  it('obeys a threshold that is stricter than its own', async () => {
    const replies = [];
    for (const threshold of ['0.5', '1']) {
      replies.push(await cache.look(politely, { 'x-larder-cache-threshold': threshold }));
    }
    expect(replies.map(cacheOf)).toEqual(['hit-semantic', 'miss']);
  });

  it('obeys the modes exact and off', async () => {
    const replies = [];
    for (const mode of ['semantic', 'exact', 'off']) {
      replies.push(await cache.look(politely, { 'x-larder-cache-mode': mode }));
    }
    expect(replies.map(cacheOf)).toEqual(['hit-semantic', 'miss', 'bypass']);
  });

  it('shows in shadow mode what it would have served, and asks upstream', async () => {
    const first = await cache.look(question);
    const prompt = sameQuestion[1]![1];
    const reply = await cache.ask(prompt, { 'x-larder-cache-mode': 'shadow' });
    expect(reply.headers).toMatchObject({
      'x-larder-cache': 'shadow',
      'x-larder-entry': first.headers['x-larder-entry'],
      'x-larder-similarity': expect.stringMatching(/^0\.\d{4}$/),
      'cache-status': expect.stringMatching(/^larder; fwd=miss/),
    });
    expect(contentOf(reply)).not.toBe(contentOf(first));
    expect(current().upstream.chatCalls({ containing: prompt }).length).toBeGreaterThan(0);
  });
}

function policies(current: CurrentSuite): void {
  const asksForMore = { 'x-larder-cache-mode': 'semantic', 'x-larder-cache-threshold': '0.1' };
  const strict: [string, object][] = [
    ['mode exact', { mode: 'exact' }],
    ['a threshold', { similarityThreshold: 1 }],
    ['a least length', { minPromptLength: 10_000 }],
  ];
  it.each(strict)('obeys a policy with %s, whatever the caller says', async (_name, policy) => {
    const cache = await new OwnCache(current).configure(policy);
    const other = new OwnCache(current);
    await cache.keep(question);
    // Once another cache has learnt, this one would have, too.
    await other.learn();
    expect((await cache.look(politely, asksForMore)).status).toBe(504);
    expect((await cache.look(question)).status).toBe(200);
  });

  it('serves nothing where the policy is shadow', async () => {
    const cache = await new OwnCache(current).configure({ mode: 'shadow' });
    const first = await cache.keep(question);
    await eventually(async () => {
      const reply = await cache.look(politely, asksForMore);
      expect([reply.status, cacheOf(reply)]).toEqual([504, 'shadow']);
      expect(reply.headers['x-larder-entry']).toBe(first.headers['x-larder-entry']);
    });
  });

  it('compares requests with tools by their text only where the policy says so', async () => {
    const [ordinary, told] = [new OwnCache(current), new OwnCache(current)];
    await told.configure({ semanticWithTools: true });
    await ordinary.keep(question, {}, { tools });
    await told.learn({}, { tools });
    expect((await ordinary.look(politely, {}, { tools })).status).toBe(504);
    expect(cacheOf(await ordinary.look(question, {}, { tools }))).toBe('hit-exact');
  });

  it('serves other questions where a guard is switched off', async () => {
    const prompt = otherQuestion[1]![1];
    const cache = await new OwnCache(current).configure({
      similarityThreshold: 0.5,
      guards: { number: false, wording: false },
    });
    await cache.keep(question);
    await eventually(async () => expect(cacheOf(await cache.look(prompt))).toBe('hit-semantic'));
  });
}

function users(current: CurrentSuite): void {
  const own = `Where is my order for the ${promptMarker}?`;
  const by = (user: string) => ({ 'x-larder-user': user });

  it('keeps answers about a user for that user', async () => {
    const cache = new OwnCache(current);
    const first = await cache.keep(own, by('user-a'));
    expect(first.headers['x-larder-cache-class']).toBe('user-specific');
    expect((await cache.look(own, by('user-b'))).status).toBe(504);
    expect((await cache.look(own)).status).toBe(504);
    for (const again of [await cache.look(own, by('user-a')), await cache.look(own, {}, { user: 'user-a' })]) {
      expect(cacheOf(again)).toBe('hit-exact');
      expect(again.json()).toEqual(first.json());
    }
    expect((await cache.look(own, by('user-b'), { user: 'user-a' })).status).toBe(504);
  });

  it('lets a key that is pinned to a user ask for that user only', async () => {
    const cache = new OwnCache(current);
    const { key } = await current().larder.createKey({ userId: 'user-p' });
    await cache.keep(own, by('user-a'));
    const pinned = { authorization: `Bearer ${key}`, ...by('user-a') };
    expect((await cache.look(own, pinned)).status).toBe(504);
    await cache.keep(own, pinned);
    expect(cacheOf(await cache.look(own, by('user-p')))).toBe('hit-exact');
  });

  it('does not keep them when nobody says who asks', async () => {
    const cache = new OwnCache(current);
    const replies = [await cache.ask(own), await cache.ask(own)];
    expect(replies.map(cacheOf)).toEqual(['miss', 'miss']);
    expect(replies[1]!.headers['x-larder-cache-reason']).toBe('user-unknown');
    expect(contentOf(replies[0]!)).not.toBe(contentOf(replies[1]!));
  });
}
