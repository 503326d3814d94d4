import { describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { expectOpenAiError } from '../larder/error-shapes.js';
import { send, sendAndHangUp, type Reply } from '../larder/http.js';
import { limit, OwnLimits } from '../larder/own-limits.js';
import { chatBody, eventually, freshPrompt, type CurrentSuite } from '../larder/suite.js';

const tokens = limit({ name: 'tokens', unit: 'tokens', capacity: 1_000_000 });

interface Reported {
  readonly usage: { readonly total_tokens: number };
}

const totalOf = (reply: Reply) => reply.json<Reported>().usage.total_tokens;

/** Nobody spends more than was allowed, and everybody knows where they stand. */
export function limitsHold(current: CurrentSuite): void {
  describe('limits', () => {
    withTheOfficialClient(current);
    requestsAndTokens(current);
    ledger(current);
    denials(current);
  });
}

function withTheOfficialClient(current: CurrentSuite): void {
  it('tell the official client where it stands, and stop it without its trying again in vain', async () => {
    const own = await OwnLimits.begin(current, limit({ capacity: 2 }));
    const { larder } = current();
    const defaultHeaders = { 'x-larder-user': own.user };
    const client = new OpenAI({ baseURL: `${larder.url}/v1`, apiKey: larder.key, maxRetries: 2, defaultHeaders });
    const { response } = await client.chat.completions.create(chatBody()).withResponse();
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('2');
    expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('1');
    expect(response.headers.get('x-ratelimit-reset-requests')).toMatch(/^\d+h\d+m[\d.]+s$/);
    expect(response.headers.get('ratelimit')).toMatch(/^"requests";r=1;t=\d+$/);
    const stream = await client.chat.completions.create({ ...chatBody(), stream: true }).withResponse();
    expect(stream.response.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    for await (const _chunk of stream.data);
    const refused: unknown = await client.chat.completions.create(chatBody()).catch((fault: unknown) => fault);
    expect(refused).toBeInstanceOf(OpenAI.RateLimitError);
    const { status, code, headers } = refused as InstanceType<typeof OpenAI.RateLimitError>;
    expect([status, code, headers.get('x-should-retry')]).toEqual([429, 'rate_limit_exceeded', 'false']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(60);
    expect(headers.get('x-larder-limit')).toBe('requests');
  });
}

function requestsAndTokens(current: CurrentSuite): void {
  it('take a request of an answer from the cache, and no tokens', async () => {
    const own = await OwnLimits.begin(current, limit(), tokens);
    const prompt = freshPrompt();
    const first = await own.chat({ prompt });
    const total = totalOf(first);
    await own.untilUsed({ requests: 1, tokens: total });
    const again = await eventually(async () => {
      const reply = await own.chat({ prompt }, { 'cache-control': 'only-if-cached' });
      expect(reply.headers['x-larder-cache']).toBe('hit-exact');
      return reply;
    });
    expect(again.headers['x-ratelimit-remaining-tokens']).toBe(String(1_000_000 - total));
    expect(await own.used('tokens')).toBe(total);
    expect(await own.used('requests')).toBeGreaterThanOrEqual(2);
  });

  it('take the tokens of a shared call from the one who made it', async () => {
    const own = await OwnLimits.begin(current, limit(), tokens);
    const model = current().upstream.newModel({ delayMs: 1_500 });
    const prompt = freshPrompt();
    const replies = await Promise.all(Array.from({ length: 6 }, () => own.chat({ prompt, model })));
    expect(replies.map(({ status }) => status)).toEqual(Array(6).fill(200));
    const calls = current().upstream.chatCalls({ model }).length;
    await own.untilUsed({ requests: 6, tokens: calls * totalOf(replies[0]!) });
  });

  it('hold as many calls at a time as there are places', async () => {
    const own = await OwnLimits.begin(current, limit({ name: 'places', algorithm: 'concurrency', capacity: 1 }));
    let release = (): void => {};
    const until = new Promise<void>((resolve) => (release = resolve));
    const model = current().upstream.newModel({ until });
    const first = own.chat({ model });
    await eventually(() => expect(current().upstream.chatCalls({ model })).toHaveLength(1));
    const second = await own.chat();
    expect(expectOpenAiError(second, 429).code).toBe('rate_limit_exceeded');
    expect(second.headers['retry-after']).toBe('1');
    release();
    expect((await first).status).toBe(200);
    await eventually(async () => expect((await own.chat()).status).toBe(200));
  });
}

function ledger(current: CurrentSuite): void {
  it('count what upstream reported to the token: plain, streamed, tried again, left by the client, embedded', async () => {
    const own = await OwnLimits.begin(current, tokens);
    const { larder, upstream } = current();
    const spent: number[] = [];
    spent.push(totalOf(await own.chat()));
    const streamed = await own.chat({ stream: true, stream_options: { include_usage: true } });
    spent.push(Number(/"total_tokens":(\d+)/.exec(streamed.text)![1]));
    spent.push(totalOf(await own.chat({ model: upstream.newModel({ status: 503 }, {}) })));
    const refused = await own.chat({ model: upstream.newModel({ status: 400 }) });
    expect(refused.status).toBe(400);
    const content = 'One two three four five six.';
    const model = upstream.newModel({ chunkDelayMs: 50, content });
    await sendAndHangUp(`${larder.url}/v1/chat/completions`, {
      body: chatBody(freshPrompt(), { model, stream: true }),
      headers: own.headers,
    });
    spent.push(11 + content.split(' ').length);
    const response = await send(`${larder.url}/v1/responses`, {
      body: { model: 'stand-in', input: freshPrompt() },
      headers: own.headers,
    });
    spent.push(totalOf(response));
    const embedded = await send(`${larder.url}/v1/embeddings`, {
      body: { model: 'stand-in-embedder', input: [freshPrompt(), freshPrompt()] },
      headers: own.headers,
    });
    spent.push(totalOf(embedded));
    await own.untilUsed({ tokens: spent.reduce((sum, each) => sum + each, 0) });
  });

  it('count an estimate of a stream that upstream broke off', async () => {
    const own = await OwnLimits.begin(current, tokens);
    const model = current().upstream.newModel({ chunkDelayMs: 50, breakAfterChunks: 4 });
    await own.chat({ model, stream: true });
    await eventually(async () => {
      const used = await own.used('tokens');
      expect(used).toBeGreaterThan(0);
      // What was reserved for the answer has come back.
      expect(used).toBeLessThan(200);
    });
  });
}

function denials(current: CurrentSuite): void {
  it('deny a call without taking its request, holding up others or its own repetition', async () => {
    const own = await OwnLimits.begin(current, limit(), limit({ ...tokens, capacity: 60 }));
    expect((await own.chat()).status).toBe(200);
    const prompt = freshPrompt();
    const idempotency = { 'idempotency-key': own.user };
    const denied = await own.chat({ prompt }, idempotency);
    expect(expectOpenAiError(denied, 429).message).toContain("'tokens'");
    expect(denied.headers['x-ratelimit-limit-tokens']).toBe('60');
    await own.untilUsed({ requests: 1 });
    expect((await current().larder.chat(chatBody(prompt))).headers['x-larder-cache']).toBe('miss');
    await own.reset();
    expect((await own.chat({ prompt }, idempotency)).status).toBe(200);
  });

  it('call a request that never fits a fault of its own, on every path', async () => {
    const own = await OwnLimits.begin(current, limit({ ...tokens, capacity: 3 }));
    const refused = await own.chat();
    expect(expectOpenAiError(refused, 400).code).toBe('limit_never_fits');
    expect(refused.headers).not.toHaveProperty('retry-after');
    const embedding = { model: 'stand-in-embedder', input: freshPrompt() };
    const url = `${current().larder.url}/v1`;
    expectOpenAiError(await send(`${url}/embeddings`, { body: embedding, headers: own.headers }), 400);
    // The body is not read there: what it costs is unknown.
    const passed = await send(`${url}/moderations`, { body: { input: 'x' }, headers: own.headers });
    expect([passed.status, passed.headers['x-ratelimit-remaining-tokens']]).toEqual([200, '3']);
  });

  it('let a blocked user do nothing, until the block is lifted', async () => {
    const own = await OwnLimits.begin(current, limit());
    const block = await own.administer('/v1/limits/blocks', { body: { tenant: 'acme', user: own.user } });
    await eventually(async () => expect(expectOpenAiError(await own.chat(), 403).code).toBe('blocked'));
    await own.administer(`/v1/limits/blocks/${block.json<{ id: string }>().id}`, { method: 'DELETE' });
    await eventually(async () => expect((await own.chat()).status).toBe(200));
  });
}
