import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import OpenAI from 'openai';
import { LocalServer, sendJson, sendStream } from '../../../test/llm/local-server.js';
import { CompletionAccumulator } from './completion-accumulator.js';
import { completionChunks } from './completion-replay.js';
import { answers } from '../../../test/llm/completion-samples.js';
import type { ChatCompletion, ChatCompletionChunk } from './openai-wire.js';

function replay(completion: ChatCompletion, includeUsage = true): ChatCompletionChunk[] {
  return [...completionChunks(completion, { includeUsage })];
}

function again(chunks: readonly ChatCompletionChunk[]): ChatCompletion {
  const accumulator = new CompletionAccumulator();
  for (const chunk of chunks) accumulator.add(chunk);
  return accumulator.completion();
}

function contentOf(chunk: ChatCompletionChunk): string {
  return chunk.choices[0]?.delta.content ?? '';
}

describe('replaying a stored answer', () => {
  it.each(Object.entries(answers))('gives the same answer again: %s', (_name, answer) => {
    expect(again(replay(answer))).toEqual(answer);
  });

  it('comes in pieces and not as one blob', () => {
    const pieces = replay(answers.text).map(contentOf).filter(Boolean);
    expect(pieces.slice(0, 4)).toEqual(['The', ' quick', ' brown', ' fox']);
  });

  it('keeps the details of the usage, in one more chunk without choices, with null on all others', () => {
    const chunks = replay(answers.text);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: answers.text.usage });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  });

  it('says nothing of the usage to a client that did not ask', () => {
    expect(replay(answers.text, false).some((chunk) => 'usage' in chunk)).toBe(false);
  });

  it('has one id and one creation time, the role first and the finish reason last', () => {
    const chunks = replay(answers.text, false);
    expect(new Set(chunks.map(({ id, created, object }) => `${id} ${created} ${object}`)).size).toBe(1);
    expect(chunks[0]?.choices[0]?.delta).toMatchObject({ role: 'assistant', content: '' });
    expect(chunks.at(-1)?.choices[0]).toMatchObject({ delta: {}, finish_reason: 'stop' });
  });

  it('never cuts a surrogate pair, and bounds the number of pieces', () => {
    const content = '😀'.repeat(5_000) + ' 日本語'.repeat(5_000);
    const [choice] = answers.text.choices;
    const long = { ...answers.text, choices: [{ ...choice!, message: { role: 'assistant', content } }] };
    const chunks = replay(long);
    expect(chunks.length).toBeLessThan(300);
    expect(chunks.map(contentOf).every((piece) => Buffer.from(piece).toString() === piece)).toBe(true);
    expect(chunks.map(contentOf).join('')).toBe(content);
  });

  it('gives any text again', () => {
    const [choice] = answers.text.choices;
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.option(fc.string()), (content, reasoning) => {
        const message = { role: 'assistant', content, refusal: null, ...(reasoning && { reasoning }) };
        const answer = { ...answers.text, choices: [{ ...choice!, message }] };
        expect(again(JSON.parse(JSON.stringify(replay(answer))) as ChatCompletionChunk[])).toEqual(answer);
      }),
    );
  });
});

describe('a replay read by the official client', () => {
  let server: LocalServer;
  let client: OpenAI;

  beforeAll(async () => {
    server = await LocalServer.start(({ body }, response) => {
      const { model, stream } = JSON.parse(body) as { model: keyof typeof answers; stream?: boolean };
      if (stream) sendStream(response, replay(answers[model]));
      else sendJson(response, 200, answers[model]);
    });
    client = new OpenAI({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });
  });
  afterAll(() => server.stop());

  it.each(Object.keys(answers))('is to it what the plain answer is: %s', async (model) => {
    const body = { model, messages: [{ role: 'user' as const, content: 'hi' }] };
    const plain = await client.chat.completions.create(body);
    const stream = client.chat.completions.stream({ ...body, stream_options: { include_usage: true } });
    const streamed = await stream.finalChatCompletion();
    expect(withoutParsed(streamed)).toEqual(withoutParsed(plain));
  });

  it.each(Object.keys(answers))('survives being added up from the chunks that the client reads: %s', async (model) => {
    const stream = await client.chat.completions.create({ model, messages: [], stream: true });
    const accumulator = new CompletionAccumulator();
    for await (const chunk of stream) accumulator.add(chunk as unknown as ChatCompletionChunk);
    expect(accumulator.completion()).toEqual(answers[model as keyof typeof answers]);
  });
});

/** The client adds `parsed` members to a stream's answer and leaves out members that are null or empty text. */
function withoutParsed(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (name, member: unknown) =>
      name === 'parsed' || name === 'parsed_arguments' || member === null || member === '' ? undefined : member,
    ),
  );
}
