import { describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { expectOpenAiError } from '../larder/error-shapes.js';
import { send, type Reply } from '../larder/http.js';
import { everythingStored } from '../larder/leaks.js';
import { eventually, freshPrompt, promptMarker, type CurrentSuite } from '../larder/suite.js';
import { standInVector } from '../larder/upstream-embeddings.js';

type EmbeddingList = OpenAI.CreateEmbeddingResponse;

const model = 'stand-in-embedder';

/** What any client of OpenAI's makes of the stand-in's vector by itself: float32. */
const asFloat32 = (text: string, dimensions?: number) => [...Float32Array.from(standInVector(text, dimensions))];

/** `/v1/embeddings`: only the texts whose vectors are not kept go upstream. */
export function onlyUnknownTextsAreEmbedded(current: CurrentSuite): void {
  const embed = (body: object, headers: Readonly<Record<string, string>> = {}): Promise<Reply> =>
    send(`${current().larder.url}/v1/embeddings`, {
      body: { model, ...body },
      headers: { authorization: `Bearer ${current().larder.key}`, ...headers },
    });
  /** Storing is awaited for a moment only: on a busy machine an answer may go out before all is stored. */
  const stored = async (body: object): Promise<Reply> => {
    const reply = await embed(body);
    await eventually(async () =>
      expect((await embed(body, { 'cache-control': 'only-if-cached' })).headers['x-larder-cache']).toBe('hit-exact'),
    );
    return reply;
  };

  describe('embeddings', () => {
    withTheOfficialClient(current);
    keptVectors(current, embed, stored);
    partialHits(current, embed, stored);
    sharedCalls(current, embed);
    controls(current, embed, stored);
    refusals(current, embed);
    oddUpstreams(current, embed);
  });
}

type Embed = (body: object, headers?: Readonly<Record<string, string>>) => Promise<Reply>;
type Stored = (body: object) => Promise<Reply>;

function vectors(reply: Reply): unknown[] {
  return reply.json<EmbeddingList>().data.map(({ embedding }) => embedding);
}

function withTheOfficialClient(current: CurrentSuite): void {
  const client = () =>
    new OpenAI({ baseURL: `${current().larder.url}/v1`, apiKey: current().larder.key, maxRetries: 0 });

  it('answer the official client, whose own format is base64, one text and many', async () => {
    const [one, two] = [freshPrompt(), freshPrompt()];
    for (let turn = 0; turn < 2; turn += 1) {
      const single = await client().embeddings.create({ model, input: one });
      expect(single.data[0]!.embedding).toEqual(asFloat32(one));
      const many = await client().embeddings.create({ model, input: [two, one] });
      expect(many.data.map(({ embedding }) => embedding)).toEqual([asFloat32(two), asFloat32(one)]);
      expect(many.data.map(({ index, object }) => [index, object])).toEqual([
        [0, 'embedding'],
        [1, 'embedding'],
      ]);
      expect([many.object, many.model]).toEqual(['list', `${model}-001`]);
    }
    await eventually(() => expect(current().upstream.embeddingInputs(one).length).toBeLessThanOrEqual(2));
  });

  it('take dimensions for another vector, and give floats as upstream printed them', async () => {
    const input = freshPrompt();
    for (let turn = 0; turn < 2; turn += 1) {
      for (const dimensions of [3, 8]) {
        const options = { model, input, dimensions, encoding_format: 'float' } as const;
        const { data } = await client().embeddings.create(options);
        expect(data[0]!.embedding).toEqual(standInVector(input, dimensions));
      }
    }
  });

  it('throw the class of an upstream error, and of a body that makes no sense', async () => {
    const refusing = current().upstream.newModel({ status: 429, headers: { 'retry-after': '0' } });
    const limited = client().embeddings.create({ model: refusing, input: freshPrompt() });
    await expect(limited).rejects.toThrow(OpenAI.RateLimitError);
    await expect(client().embeddings.create({ model, input: '' })).rejects.toThrow(OpenAI.BadRequestError);
    const unknown = client().embeddings.create({ model: 'no-such-model', input: 'x' });
    await expect(unknown).rejects.toThrow(OpenAI.NotFoundError);
  });
}

function keptVectors(current: CurrentSuite, embed: Embed, stored: Stored): void {
  it('come from the cache the second time, and say so', async () => {
    const input = freshPrompt();
    const first = await stored({ input });
    const second = await embed({ input });
    expect(first.headers['x-larder-cache']).toBe('miss');
    expect(first.json<EmbeddingList>().usage).toEqual({ prompt_tokens: 3, total_tokens: 3 });
    expect(second.headers).toMatchObject({ 'x-larder-cache': 'hit-exact', 'x-larder-cache-hits': '1/1' });
    expect(second.headers['cache-status']).toMatch(/^larder; hit; ttl=\d+; detail=exact$/);
    expect(second.headers.age).toMatch(/^\d+$/);
    expect(vectors(second)).toEqual([standInVector(input)]);
    expect(vectors(second)).toEqual(vectors(first));
    expect(second.json<EmbeddingList>().usage).toEqual({ prompt_tokens: 0, total_tokens: 0 });
    expect(current().upstream.embeddingInputs(input)).toEqual([[input]]);
  });

  it('are the same whoever asks for which format', async () => {
    const input = freshPrompt();
    await stored({ input });
    const base64 = vectors(await embed({ input, encoding_format: 'base64', user: 'u-1' }));
    expect(base64).toEqual([Buffer.from(Float32Array.from(standInVector(input)).buffer).toString('base64')]);
    expect(current().upstream.embeddingInputs(input)).toHaveLength(1);
  });

  it('are known again for token arrays', async () => {
    const tokens = [
      [Math.floor(Math.random() * 1e9), 2, 3],
      [4, 5],
    ];
    const first = await stored({ input: tokens });
    const one = await embed({ input: tokens[0] });
    expect(vectors(one)).toEqual([standInVector(tokens[0] as never)]);
    expect([first.status, one.headers['x-larder-cache']]).toEqual([200, 'hit-exact']);
  });

  it('are kept without their texts, and apart for every tenant', async () => {
    const { larder, redisUrl } = current();
    const input = freshPrompt('a secret text');
    await stored({ input });
    const other = await larder.createKey({ tenant: await freshTenant(current) });
    const reply = await embed({ input }, { authorization: `Bearer ${other.key}` });
    expect(reply.headers['x-larder-cache']).toBe('miss');
    const kept = (await everythingStored(redisUrl)).filter(({ key }) => key.includes(':embedding'));
    expect(kept.length).toBeGreaterThan(0);
    expect(JSON.stringify(kept)).not.toContain(promptMarker);
  });
}

async function freshTenant(current: CurrentSuite): Promise<string> {
  const id = `embedder-${Math.random().toString(36).slice(2)}`;
  await current().larder.createTenant(id);
  return id;
}

function partialHits(current: CurrentSuite, embed: Embed, stored: Stored): void {
  it('ask upstream only for the texts that are not kept, each once, and keep the order', async () => {
    const marker = freshPrompt();
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((letter) => `${marker} ${letter}`) as [
      string,
      string,
      string,
      string,
    ];
    await stored({ input: [b, d] });
    const reply = await embed({ input: [a, b, c, d, a], vendor_note: undefined });
    expect(reply.headers).toMatchObject({ 'x-larder-cache': 'partial', 'x-larder-cache-hits': '2/4' });
    expect(reply.headers['cache-status']).toMatch(/^larder; fwd=partial/);
    expect(vectors(reply)).toEqual([a, b, c, d, a].map((text) => standInVector(text)));
    expect(reply.json<EmbeddingList>().data.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    expect(reply.json<EmbeddingList>().usage).toEqual({ prompt_tokens: 6, total_tokens: 6 });
    expect(current().upstream.embeddingInputs(marker)).toEqual([
      [b, d],
      [a, c],
    ]);
  });

  it('forwards what it does not know, and takes it for another vector', async () => {
    const input = freshPrompt();
    await stored({ input });
    const reply = await embed({ input, input_type: 'query' });
    expect(reply.headers['x-larder-cache']).toBe('miss');
    expect(
      current()
        .upstream.calls.filter(({ text }) => text.includes(input))
        .at(-1)!.text,
    ).toContain('"query"');
  });
}

function sharedCalls(current: CurrentSuite, embed: Embed): void {
  it('share one upstream call among concurrent requests for the same text', async () => {
    const { upstream } = current();
    let release: () => void = () => undefined;
    const until = new Promise<void>((resolve) => (release = resolve));
    const slow = upstream.newModel({ until });
    const input = freshPrompt();
    const asked = Array.from({ length: 5 }, () => embed({ model: slow, input }));
    await eventually(() => expect(upstream.embeddingInputs(input)).toHaveLength(1));
    release();
    for (const reply of await Promise.all(asked)) expect(vectors(reply)).toEqual([standInVector(input)]);
    expect(upstream.embeddingInputs(input).length).toBeLessThanOrEqual(current().larder.gateways.length);
  });
}

function controls(current: CurrentSuite, embed: Embed, stored: Stored): void {
  it.each([
    ['Cache-Control: no-cache', { 'cache-control': 'no-cache' }, 'larder; fwd=request'],
    ['x-larder-cache-mode: off', { 'x-larder-cache-mode': 'off' }, 'larder; fwd=bypass'],
    ['another cache', { 'x-larder-cache-id': 'another' }, 'larder; fwd=miss'],
  ])('obey %s', async (_name, headers, status) => {
    const input = freshPrompt();
    await stored({ input });
    const reply = await embed({ input }, headers);
    expect(reply.headers['cache-status']!.startsWith(status)).toBe(true);
    expect(vectors(reply)).toEqual([standInVector(input)]);
    expect(current().upstream.embeddingInputs(input)).toHaveLength(2);
  });

  it('keep nothing for no-store, and answer 504 to only-if-cached', async () => {
    const input = freshPrompt();
    expect((await embed({ input }, { 'cache-control': 'no-store' })).status).toBe(200);
    const reply = await embed({ input }, { 'cache-control': 'only-if-cached' });
    expect(expectOpenAiError(reply, 504).code).toBe('not_cached');
    expect(current().upstream.embeddingInputs(input)).toHaveLength(1);
  });

  it('take their time to live from the request, and their options out of the body', async () => {
    const input = freshPrompt();
    await stored({ input, cache: { ttl: 100, namespace: 'n' } });
    const kept = await embed({ input, cache: { namespace: 'n' } });
    expect(Number(/ttl=(\d+)/.exec(kept.headers['cache-status']!)![1])).toBeLessThanOrEqual(100);
    expect(current().upstream.calls.find(({ text }) => text.includes(input))!.text).not.toContain('namespace');
  });
}

function refusals(current: CurrentSuite, embed: Embed): void {
  it.each([
    ['no model', { model: undefined, input: 'x' }, 'model'],
    ['no input', {}, 'input'],
    ['an empty text', { input: '' }, 'input'],
    ['an empty list', { input: [] }, 'input'],
    ['an empty text among others', { input: ['x', ''] }, 'input.1'],
    ['texts and tokens', { input: ['x', [1]] }, 'input.1'],
    ['an object', { input: { text: 'x' } }, 'input'],
    ['tokens that are none', { input: [[1.5]] }, 'input.0'],
    ['too many texts', { input: Array(2_049).fill('x') }, 'input'],
    ['no dimension', { input: 'x', dimensions: 0 }, 'dimensions'],
    ['an unknown format', { input: 'x', encoding_format: 'hex' }, 'encoding_format'],
  ])('are refused for %s, by name', async (_name, body, param) => {
    const { upstream } = current();
    const before = upstream.calls.length;
    expect(expectOpenAiError(await embed(body), 400).param).toBe(param);
    expect(upstream.calls.length).toBe(before);
  });

  it('hand an upstream refusal on, and keep nothing of it', async () => {
    const input = freshPrompt();
    const refusing = current().upstream.newModel({ status: 400 }, {});
    const refused = await embed({ model: refusing, input });
    expect(expectOpenAiError(refused, 400).message).toBe('scripted 400');
    expect((await embed({ model: refusing, input })).headers['x-larder-cache']).toBe('miss');
  });
}

function oddUpstreams(current: CurrentSuite, embed: Embed): void {
  const answer = (embedding: unknown) =>
    JSON.stringify({ object: 'list', data: [{ index: 0, embedding }], model: 'odd' });

  it('come in the format that was asked for from an upstream that knows only the other one', async () => {
    const { upstream } = current();
    const base64 = Buffer.from(Float32Array.from([0.5, -2]).buffer).toString('base64');
    const [floats, bytes] = [[0.5, -2], base64].map((each) => upstream.newModel({ rawBody: answer(each) }));
    for (let turn = 0; turn < 2; turn += 1) {
      const input = freshPrompt();
      expect(vectors(await embed({ model: floats, input, encoding_format: 'base64' }))).toEqual([base64]);
      expect(vectors(await embed({ model: bytes, input }))).toEqual([[0.5, -2]]);
    }
  });

  it.each([
    ['is no list of vectors', '{"oops":true}'],
    ['has other vectors', answer([[1, 2], [3]])],
  ])('are handed on as they are, and not kept, when the answer %s', async (_name, rawBody) => {
    const model = current().upstream.newModel({ rawBody });
    const input = freshPrompt();
    for (let turn = 0; turn < 2; turn += 1) {
      const reply = await embed({ model, input });
      expect([reply.status, reply.json()]).toMatchObject([200, JSON.parse(rawBody)]);
    }
    expect(current().upstream.embeddingInputs(input)).toHaveLength(2);
  });

  it('fail when there is no telling which text a vector belongs to', async () => {
    const model = current().upstream.newModel({ rawBody: answer([1]) });
    const input = freshPrompt();
    expectOpenAiError(await embed({ model, input: [input, `${input} 2`, input] }), 502);
  });

  it('bypass the cache for numbers that JSON cannot tell apart, and go out as they came', async () => {
    const { larder, upstream } = current();
    const input = freshPrompt();
    const body = `{"model":"${model}","input":"${input}","seed":9007199254740993}`;
    const headers = { authorization: `Bearer ${larder.key}` };
    const reply = await send(`${larder.url}/v1/embeddings`, { body: Buffer.from(body), headers });
    expect(reply.headers['cache-status']).toBe('larder; fwd=bypass');
    expect(upstream.calls.find(({ text }) => text.includes(input))!.text).toBe(body);
  });
}
