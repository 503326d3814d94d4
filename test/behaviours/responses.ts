import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import OpenAI from 'openai';
import { expectOpenAiError } from '../larder/error-shapes.js';
import { send, type Reply } from '../larder/http.js';
import { readResponseEvents, shapeOf, spelledResponse } from '../larder/response-events.js';
import { politely, question } from '../larder/own-cache.js';
import { eventually, freshPrompt, promptMarker, type CurrentSuite } from '../larder/suite.js';
import type { Behaviour } from '../larder/upstream-behaviour.js';

type ModelResponse = OpenAI.Responses.Response;
type Ask = (body: object, headers?: Readonly<Record<string, string>>) => Promise<Reply>;

const exactHit = /^larder; hit; (ttl=\d+; )?detail=exact$/;

/** `/v1/responses` takes the same path as chat: the same question twice is one call, plain, streamed, and across the two. */
export function responsesAreAnsweredFromTheCache(current: CurrentSuite): void {
  const ask: Ask = (body, headers = {}) =>
    send(`${current().larder.url}/v1/responses`, {
      body: { model: 'stand-in', ...body },
      headers: { authorization: `Bearer ${current().larder.key}`, ...headers },
    });
  describe('responses', () => {
    withTheOfficialClient(current);
    repeats(current, ask);
    streams(current, ask);
    meaning(current, ask);
    ownWords(current, ask);
    stateElsewhere(current, ask);
    unfitAnswers(current, ask);
    faults(current, ask);
  });
}

function withTheOfficialClient(current: CurrentSuite): void {
  const client = () =>
    new OpenAI({ baseURL: `${current().larder.url}/v1`, apiKey: current().larder.key, maxRetries: 0 });
  const weather = { id: 'call_1', name: 'weather', arguments: '{"city":"Zürich","unit":"celsius"}' };
  const tools: OpenAI.Responses.Tool[] = [
    { type: 'function', name: 'weather', strict: false, parameters: { type: 'object', properties: {} } },
  ];

  it('answer the official client plain, streamed and by its stream helper, all from one call', async () => {
    const input = freshPrompt();
    const body = { model: 'stand-in', input };
    const texts = [];
    for (let turn = 0; turn < 2; turn += 1) {
      texts.push((await client().responses.create(body)).output_text);
      const stream = await client().responses.create({ ...body, stream: true });
      let spelled = '';
      for await (const event of stream) if (event.type === 'response.output_text.delta') spelled += event.delta;
      const final = await client().responses.stream(body).finalResponse();
      expect(final).toMatchObject({ status: 'completed', usage: { input_tokens: 11, total_tokens: 18 } });
      texts.push(spelled, final.output_text);
    }
    expect(texts[0]).toMatch(/^Answer \d+ of the stand-in/);
    expect(new Set(texts).size).toBe(1);
    expect(current().upstream.responseCalls(input)).toHaveLength(1);
  });

  it('keep function calls and reasoning, and take the results of calls', async () => {
    const model = current().upstream.newModel({ reasoning: 'Where is Zürich?', toolCalls: [weather] });
    const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: freshPrompt('the weather') }];
    for (let turn = 0; turn < 2; turn += 1) {
      const plain = await client().responses.create({ model, input, tools });
      const streamed = await client().responses.stream({ model, input, tools }).finalResponse();
      for (const { output } of [plain, streamed]) {
        expect(output).toMatchObject([
          { type: 'reasoning', summary: [{ text: 'Where is Zürich?' }] },
          { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: weather.arguments },
        ]);
      }
      const results = [...input, ...plain.output, { type: 'function_call_output', call_id: 'call_1', output: '21 °C' }];
      const answer = await client().responses.create({
        model: 'stand-in',
        input: results as OpenAI.Responses.ResponseInput,
      });
      expect(answer.status).toBe('completed');
    }
  });

  it('throw the class of an upstream error, plain and streamed', async () => {
    const model = current().upstream.newModel({ status: 429, headers: { 'retry-after': '0' } });
    for (const stream of [false, true]) {
      const call = client().responses.create({ model, input: freshPrompt(), stream });
      await expect(call).rejects.toThrow(OpenAI.RateLimitError);
    }
    const unknown = client().responses.create({ model: 'no-such-model', input: 'x' });
    await expect(unknown).rejects.toThrow(OpenAI.NotFoundError);
  });
}

function repeats(current: CurrentSuite, ask: Ask): void {
  it('say what the cache did, and come back word for word', async () => {
    const { upstream } = current();
    const { input, first } = await eventually(async () => {
      const input = freshPrompt();
      const first = await ask({ input });
      expect(first.headers['cache-status']).toBe('larder; fwd=miss; stored');
      return { input, first };
    });
    const second = await ask({ input });
    expect(second.headers['cache-status']).toMatch(exactHit);
    expect(second.headers).toMatchObject({ 'x-larder-cache': 'hit-exact', age: expect.stringMatching(/^\d+$/) });
    expect(second.json()).toEqual(first.json());
    expect(upstream.responseCalls(input)).toHaveLength(1);
  });

  it.each([
    ['instructions', { instructions: 'Be brief.' }],
    ['a field that nobody knows', { x_new_field: 1 }],
    ['store: false', { store: false }],
    ['tools', { tools: [{ type: 'function', name: 'f', parameters: {} }] }],
    ['another format', { text: { format: { type: 'json_object' } } }],
  ])('take %s for another question', async (_name, change) => {
    const input = freshPrompt();
    await ask({ input });
    expect((await ask({ input, ...change })).headers['x-larder-cache']).toBe('miss');
  });

  it('are never those of chat', async () => {
    const { larder } = current();
    const prompt = freshPrompt();
    await larder.chat({ model: 'stand-in', messages: [{ role: 'user', content: prompt }] });
    expect((await ask({ input: prompt })).headers['x-larder-cache']).toBe('miss');
  });

  it('are the same request under one Idempotency-Key', async () => {
    const input = freshPrompt();
    const headers = { 'idempotency-key': randomUUID(), 'x-larder-cache-mode': 'off' };
    const [first, second] = [await ask({ input }, headers), await ask({ input }, headers)];
    expect(second.json()).toEqual(first.json());
    expect(current().upstream.responseCalls(input)).toHaveLength(1);
    expectOpenAiError(await ask({ input: freshPrompt() }, headers), 409);
  });

  it('share one call among those who ask at the same time', async () => {
    const { upstream } = current();
    const model = upstream.newModel({ delayMs: 500 });
    const input = freshPrompt();
    const replies = await Promise.all(
      Array.from({ length: 6 }, (_, at) => ask({ model, input, stream: at % 2 === 0 })),
    );
    expect(replies.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(upstream.responseCalls(input)).toHaveLength(1);
  });
}

function streams(current: CurrentSuite, ask: Ask): void {
  const models: [string, Behaviour][] = [
    ['a text', {}],
    ['a refusal', { refusal: 'I would rather not say.' }],
    ['reasoning and calls', { reasoning: 'A thought.', toolCalls: [{ id: 'c', name: 'f', arguments: '{"a":1}' }] }],
  ];
  it.each(models)('replay the stream of %s event by event', async (_name, behaviour) => {
    const model = current().upstream.newModel(behaviour);
    const body = { model, input: freshPrompt(), stream: true };
    const [first, second] = [await ask(body), await ask(body)];
    expect(first.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(first.headers['cache-status']).toBe('larder; fwd=miss');
    expect(second.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(second.headers['cache-status']).toMatch(exactHit);
    const [live, replay] = [readResponseEvents(first.text), readResponseEvents(second.text)];
    expect(live.comments).toHaveLength(1);
    expect(shapeOf(replay.events)).toEqual(shapeOf(live.events));
    expect(spelledResponse(replay.events)).toBe(spelledResponse(live.events));
    expect(replay.events.at(-1)).toMatchObject({ ...live.events.at(-1), sequence_number: expect.any(Number) });
    expect(replay.events[0]).toEqual(live.events[0]);
    expect((await ask({ ...body, stream: false })).json()).toEqual(
      (live.events.at(-1) as OpenAI.Responses.ResponseCompletedEvent).response,
    );
    expect(current().upstream.responseCalls(body.input)).toHaveLength(1);
  });
}

function meaning(current: CurrentSuite, ask: Ask): void {
  it('know a question again by its meaning, under the same instructions only', async () => {
    const cacheId = `responses-${randomUUID()}`;
    const headers = { 'x-larder-cache-id': cacheId };
    const look = (body: object) => ask(body, { ...headers, 'cache-control': 'only-if-cached' });
    const first = await eventually(async () => {
      const reply = await ask({ input: question }, headers);
      expect(reply.headers['x-larder-entry']).toBeDefined();
      return reply;
    });
    const again = await eventually(async () => {
      const reply = await look({ input: politely, stream: true });
      expect(reply.headers['x-larder-cache']).toBe('hit-semantic');
      return reply;
    });
    const { response } = readResponseEvents(again.text).events.at(-1) as OpenAI.Responses.ResponseCompletedEvent;
    expect(response).toEqual(first.json());
    expect((await look({ input: politely, instructions: 'Answer in French.' })).status).toBe(504);
    expect((await look({ input: `How do I reset 2 passwords of the ${promptMarker} portal?` })).status).toBe(504);
  });
}

function ownWords(current: CurrentSuite, ask: Ask): void {
  it('repeat the words of who asks now, not of who asked first', async () => {
    const input = freshPrompt();
    const body = { input, metadata: { trace: 'first' }, user: 'user-1' };
    await ask(body);
    const other = await ask({ input, metadata: { trace: 'second' }, stream: true });
    const nobody = await ask({ input });
    expect([other, nobody].map((reply) => reply.headers['x-larder-cache'])).toEqual(['hit-exact', 'hit-exact']);
    expect(other.text).not.toMatch(/user-1|"first"/);
    const { response } = readResponseEvents(other.text).events.at(-1) as OpenAI.Responses.ResponseCompletedEvent;
    expect(response).toMatchObject({ metadata: { trace: 'second' }, user: null });
    expect(nobody.json<ModelResponse>()).toMatchObject({ metadata: {}, user: null });
    expect(current().upstream.responseCalls(input)).toHaveLength(1);
  });
}

function stateElsewhere(current: CurrentSuite, ask: Ask): void {
  it.each([
    ['an earlier response', { previous_response_id: 'resp_1' }],
    ['a conversation', { conversation: 'conv_1' }],
    ['an item that upstream keeps', { item: { type: 'item_reference', id: 'msg_1' } }],
    ['an item that upstream keeps, named by its id alone', { item: { id: 'msg_1' } }],
    ['a prompt without a version', { prompt: { id: 'pmpt_1' } }],
    ['the web', { tools: [{ type: 'web_search' }] }],
    ['a remote tool', { tools: [{ type: 'mcp', server_label: 'x', server_url: 'https://example.com' }] }],
    ['the background', { background: true }],
  ])('are not kept when they depend on %s', async (_name, change) => {
    const prompt = freshPrompt();
    const { item, ...members } = change as { item?: object };
    const input = item ? [item, { role: 'user', content: prompt }] : prompt;
    for (let turn = 0; turn < 2; turn += 1) {
      expect((await ask({ input, ...members })).headers['cache-status']).toBe('larder; fwd=bypass');
    }
    expect(current().upstream.responseCalls(prompt)).toHaveLength(2);
  });

  it('are kept with hosted tools for who asks for that', async () => {
    const body = { input: freshPrompt(), tools: [{ type: 'web_search' }], cache: { 'hosted-tools': true } };
    await ask(body);
    expect((await ask(body)).headers['x-larder-cache']).toBe('hit-exact');
    expect(current().upstream.responseCalls(body.input)[0]!.text).not.toContain('hosted-tools');
  });

  it('that upstream keeps are asked for as ever', async () => {
    const { larder } = current();
    const headers = { authorization: `Bearer ${larder.key}` };
    const reply = await send(`${larder.url}/v1/responses/resp_kept`, { headers });
    expect(reply.json()).toMatchObject({ id: 'resp_kept' });
  });
}

function unfitAnswers(current: CurrentSuite, ask: Ask): void {
  const unfit: [string, Behaviour][] = [
    ['were cut off by their length', { finishReason: 'length' }],
    ['were filtered', { finishReason: 'content_filter' }],
    ['have no output', { noChoices: true }],
    ['are empty', { content: '' }],
    ['are reasoning alone', { noChoices: true, reasoning: 'Hm.' }],
  ];
  it.each(unfit)('are never kept when they %s, plain or streamed', async (_name, behaviour) => {
    const model = current().upstream.newModel(behaviour);
    for (const stream of [false, true]) {
      const body = { model, input: randomUUID(), stream };
      expect((await ask(body)).status).toBe(200);
      await eventually(async () => expect((await ask(body)).headers['x-larder-cache']).toBe('miss'));
    }
  });

  it('are never kept when their stream broke, and the client is told', async () => {
    const model = current().upstream.newModel({ breakAfterChunks: 5, chunkDelayMs: 50 }, {});
    const body = { model, input: freshPrompt(), stream: true };
    const cut = await ask(body);
    const { events } = readResponseEvents(cut.text);
    expect(events.at(-1)).toMatchObject({ type: 'error', code: 'upstream_failed' });
    const whole = await ask(body);
    expect(whole.headers['x-larder-cache']).toBe('miss');
    expect(readResponseEvents(whole.text).events.at(-1)!.type).toBe('response.completed');
  });
}

function faults(current: CurrentSuite, ask: Ask): void {
  it.each([
    ['no model', { model: undefined, input: 'x' }, 'model'],
    ['no input', {}, 'input'],
    ['an input that is none', { input: 7 }, 'input'],
    ['an item that is none', { input: ['x'] }, 'input.0'],
    ['a stream that is no boolean', { input: 'x', stream: 'yes' }, 'stream'],
  ])('are refused for %s, by name', async (_name, body, param) => {
    expect(expectOpenAiError(await ask(body), 400).param).toBe(param);
  });

  it('hand on that upstream does not know the path', async () => {
    const model = current().upstream.newModel({ status: 404, rawBody: '{"detail":"Not Found"}' });
    expect(expectOpenAiError(await ask({ model, input: freshPrompt() }), 404).message).toBe('Not Found');
  });
}
