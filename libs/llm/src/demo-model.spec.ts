import { describe, expect, it } from '@jest/globals';
import { readText } from './answer-body.js';
import { isCacheable } from './cacheability.js';
import { CompletionAccumulator } from './completion-accumulator.js';
import { DemoModel } from './demo-model.js';
import type { ChatCompletion, ChatCompletionChunk } from './openai-wire.js';
import { isCacheableResponse } from './response-cacheability.js';
import { parseResponse } from './response-wire.js';
import { readSse } from './sse-reader.js';
import { Upstreams } from './upstreams.js';

const quick = { firstTokenMs: 0, tokenMs: 0 };
const demo = new Upstreams({ upstreams: [new DemoModel(quick)], prices: [], isDemo: true });
const { signal } = new AbortController();

async function ask(request: object, model = 'larder-demo'): Promise<{ status: number; body: string }> {
  const { stream = false } = request as { stream?: boolean };
  const answer = await demo.complete({ body: JSON.stringify({ model, ...request }), model, stream, signal });
  return { status: answer.status, body: await readText(answer.body, 1_000_000) };
}

const call = (path: '/responses' | '/embeddings', request: object) => ({
  path,
  body: JSON.stringify({ model: 'larder-demo', ...request }),
  model: 'larder-demo',
  signal,
});

const question = { messages: [{ role: 'user', content: 'What is a cache?' }] };

describe('the demo model', () => {
  it('says the same to the same question, with usage', async () => {
    const [first, second] = [await ask(question), await ask(question)];
    expect(first).toEqual(second);
    const completion = JSON.parse(first.body) as ChatCompletion;
    expect(isCacheable(completion)).toEqual({ cacheable: true });
    expect(completion.choices[0]?.message.content).toContain('What is a cache?');
    expect(completion.usage?.total_tokens).toBeGreaterThan(20);
  });

  it('streams what it would say at once', async () => {
    const plain = JSON.parse((await ask({ ...question, n: 2 })).body) as ChatCompletion;
    const streaming = { ...question, n: 2, stream: true, stream_options: { include_usage: true } };
    const { body } = await ask(streaming);
    const accumulator = new CompletionAccumulator();
    let last = '';
    for await (const { data } of readSse(onePart(body))) {
      if (data !== '[DONE]') accumulator.add(JSON.parse(data) as ChatCompletionChunk);
      last = data;
    }
    expect(last).toBe('[DONE]');
    expect(accumulator.completion()).toEqual(plain);
  });

  it('stops at the wanted length', async () => {
    const completion = JSON.parse((await ask({ ...question, max_tokens: 5 })).body) as ChatCompletion;
    expect(completion).toMatchObject({ choices: [{ finish_reason: 'length' }], usage: { completion_tokens: 5 } });
  });

  it('knows no other model, and needs messages', async () => {
    const missing = await ask(question, 'gpt-4o');
    expect(missing.status).toBe(404);
    expect(JSON.parse(missing.body)).toMatchObject({ error: { param: 'model', code: 'model_not_found' } });
    expect(await ask({ messages: [] })).toMatchObject({ status: 400 });
  });

  it('passes nothing through', async () => {
    const answer = await demo.forward({ method: 'POST', path: '/v1/embeddings', headers: {}, body: null, signal });
    expect(answer.status).toBe(404);
  });

  it('stops when the client leaves', async () => {
    const client = new AbortController();
    const slow = new Upstreams({ upstreams: [new DemoModel()], prices: [], isDemo: true });
    const body = JSON.stringify(question);
    const call = { body, model: 'larder-demo', signal: client.signal };
    const answer = slow.complete({ ...call, stream: false });
    const streamed = await slow.complete({ ...call, stream: true });
    client.abort(new Error('left'));
    await expect(answer).rejects.toThrow('left');
    await expect(readText(streamed.body, 1_000_000)).rejects.toThrow('left');
  });

  it('answers responses, plain and streamed alike, cut where they are to be', async () => {
    const request = { input: 'What is a cache?', instructions: 'Be brief.' };
    const plain = await demo.complete({ ...call('/responses', request), stream: false });
    const response = parseResponse(await readText(plain.body, 1_000_000))!;
    expect(isCacheableResponse(response)).toEqual({ cacheable: true });
    const streamed = await demo.complete({ ...call('/responses', request), stream: true });
    const events = [];
    for await (const { data } of readSse(onePart(await readText(streamed.body, 1_000_000)))) events.push(data);
    expect(JSON.parse(events.at(-1)!)).toMatchObject({ type: 'response.completed', response });
    const cut = await demo.complete({ ...call('/responses', { ...request, max_output_tokens: 3 }), stream: false });
    expect(JSON.parse(await readText(cut.body, 1_000_000))).toMatchObject({ status: 'incomplete' });
    const next = await demo.complete({ ...call('/responses', { previous_response_id: 'resp_1' }), stream: false });
    expect(next.status).toBe(400);
  });

  it('makes vectors: the same for the same text, in the wanted form', async () => {
    const embed = async (request: object) => {
      const answer = await demo.complete({ ...call('/embeddings', request), stream: false });
      return JSON.parse(await readText(answer.body, 1_000_000)) as { data: { embedding: number[] | string }[] };
    };
    const { data } = await embed({ input: ['a red cache', 'red caches', 'a red cache'], dimensions: 8 });
    expect(data.map(({ embedding }) => embedding.length)).toEqual([8, 8, 8]);
    expect(data[2]!.embedding).toEqual(data[0]!.embedding);
    expect(data[1]!.embedding).not.toEqual(data[0]!.embedding);
    const base64 = await embed({ input: 'a red cache', dimensions: 8, encoding_format: 'base64' });
    const bytes = Buffer.from(base64.data[0]!.embedding as string, 'base64');
    expect(Array.from({ length: 8 }, (_, at) => bytes.readFloatLE(at * 4))).toEqual(data[0]!.embedding);
  });
});

async function* onePart(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}
