import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type OpenAI from 'openai';
import { expectOpenAiError } from '../larder/error-shapes.js';
import { readSseText, spelledText } from '../larder/sse.js';
import { chatBody, eventually, freshPrompt, type CurrentSuite } from '../larder/suite.js';
import type { Behaviour } from '../larder/upstream-behaviour.js';

const exactHit = /^larder; hit; (ttl=\d+; )?detail=exact$/;

/** The same question twice is one call: plain, streamed, and across the two. */
export function repeatsAreAnsweredFromTheCache(current: CurrentSuite): void {
  describe('exact cache', () => {
    plainRepeats(current);
    streamedRepeats(current);
    sameQuestion(current);
    unfitAnswers(current);
  });
}

function plainRepeats(current: CurrentSuite): void {
  it('answers a repeated question from the cache, and says so by Cache-Status and Age', async () => {
    const { larder, upstream } = current();
    // Storing is awaited for a moment only: on a busy machine an answer may go out before it is stored.
    const { body, first } = await eventually(async () => {
      const body = chatBody();
      const first = await larder.chat(body);
      expect(first.headers['cache-status']).toBe('larder; fwd=miss; stored');
      return { body, first };
    });
    const second = await larder.chat(body);
    expect(first.status).toBe(200);
    expect(first.headers['x-larder-cache']).toBe('miss');
    expect(first.headers.age).toBeUndefined();
    expect(second.status).toBe(200);
    expect(second.headers['cache-status']).toMatch(exactHit);
    expect(second.headers['x-larder-cache']).toBe('hit-exact');
    expect(second.headers.age).toMatch(/^\d+$/);
    expect(second.headers['x-larder-entry']).toMatch(/^[0-9a-f]{32}$/);
    expect(second.json()).toEqual(first.json());
    expect(upstream.chatCalls({ containing: body.messages[0]!.content })).toHaveLength(1);
  });

  it('forwards every field, known or not, and asks with its own upstream key', async () => {
    const { larder, upstream } = current();
    const prompt = freshPrompt();
    await larder.chat(chatBody(prompt, { temperature: 0.25, vendor_extension: { deep: [1, null, 'x'] }, seed: 7 }));
    const [call] = upstream.chatCalls({ containing: prompt });
    expect(call!.chat).toMatchObject({ temperature: 0.25, vendor_extension: { deep: [1, null, 'x'] }, seed: 7 });
    expect(call!.headers.authorization).toBe(`Bearer ${upstream.apiKey}`);
  });
}

function streamedRepeats(current: CurrentSuite): void {
  it('replays a stream as a stream, and a plain answer from the same entry', async () => {
    const { larder, upstream } = current();
    const prompt = freshPrompt();
    const first = await larder.chat(chatBody(prompt, { stream: true }));
    const second = await larder.chat(chatBody(prompt, { stream: true }));
    const plain = await larder.chat(chatBody(prompt));
    expect(first.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(first.headers['cache-status']).toBe('larder; fwd=miss');
    expect(second.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(second.headers['cache-status']).toMatch(exactHit);
    expect(second.headers.age).toMatch(/^\d+$/);
    const [live, replay] = [readSseText(first.text), readSseText(second.text)];
    expect([live.done, replay.done]).toEqual([true, true]);
    expect(live.comments.length).toBeGreaterThan(0);
    expect(spelledText(replay.chunks)).toBe(spelledText(live.chunks));
    expect(replay.chunks.length).toBeGreaterThan(3);
    expect(new Set(replay.chunks.map((chunk) => `${chunk.id} ${chunk.created}`)).size).toBe(1);
    expect(replay.chunks[0]!.choices[0]!.delta.role).toBe('assistant');
    expect(replay.chunks.at(-1)!.choices[0]!.finish_reason).toBe('stop');
    expect(plain.headers['x-larder-cache']).toBe('hit-exact');
    const completion = plain.json<OpenAI.ChatCompletion>();
    expect(completion.object).toBe('chat.completion');
    expect(completion.choices[0]!.message.content).toBe(spelledText(live.chunks));
    expect(completion.usage!.completion_tokens_details).toEqual({ reasoning_tokens: 2 });
    expect(upstream.chatCalls({ containing: prompt })).toHaveLength(1);
  });

  it('asks upstream for usage always and shows it only to those who asked', async () => {
    const { larder, upstream } = current();
    const prompt = freshPrompt();
    const unasked = readSseText((await larder.chat(chatBody(prompt, { stream: true }))).text);
    const asked = await larder.chat(chatBody(prompt, { stream: true, stream_options: { include_usage: true } }));
    const withUsage = readSseText(asked.text).chunks;
    expect(upstream.chatCalls({ containing: prompt })[0]!.chat!.stream_options).toEqual({ include_usage: true });
    expect(unasked.chunks.every((chunk) => chunk.usage === undefined && chunk.choices.length > 0)).toBe(true);
    expect(asked.headers['x-larder-cache']).toBe('hit-exact');
    expect(withUsage.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(withUsage.at(-1)!.choices).toEqual([]);
    expect(withUsage.at(-1)!.usage).toMatchObject({
      prompt_tokens: 11,
      completion_tokens_details: { reasoning_tokens: 2 },
    });
  });

  it('keeps a usage that came in a chunk with choices', async () => {
    const { larder, upstream } = current();
    const model = upstream.newModel({ usageWithChoices: true });
    const body = chatBody(freshPrompt(), { model, stream: true, stream_options: { include_usage: true } });
    const replies = [await larder.chat(body), await larder.chat(body)];
    for (const reply of replies) {
      const usages = readSseText(reply.text).chunks.filter((chunk) => chunk.usage);
      expect(usages.map((chunk) => chunk.usage!.prompt_tokens)).toContain(11);
    }
    expect(replies[1]!.headers['x-larder-cache']).toBe('hit-exact');
  });
}

function sameQuestion(current: CurrentSuite): void {
  it('knows a question again by its meaning as JSON, not by its spelling', async () => {
    const { larder, upstream } = current();
    const prompt = freshPrompt();
    const spellings = [
      `{"model":"stand-in","temperature":1,"messages":[{"role":"user","content":"${prompt}"}]}`,
      `{ "messages": [ {"content": "${prompt}", "role": "user"} ],\n "temperature": 1.0, "model": "stand-in" }`,
      `{"user":"u-1","metadata":{"trace":"x"},"model":"\\u0073tand-in","temperature":1e0,"messages":[{"role":"user","content":"${prompt}"}]}`,
    ];
    const replies = [];
    for (const text of spellings) {
      replies.push(await larder.chat(Buffer.from(text)));
    }
    expect(replies.map((reply) => reply.headers['x-larder-cache'])).toEqual(['miss', 'hit-exact', 'hit-exact']);
    expect(upstream.chatCalls({ containing: prompt })).toHaveLength(1);
  });

  const changes: [string, Record<string, unknown>][] = [
    ['another sampling', { temperature: 0.5 }],
    ['a tool choice', { tool_choice: 'none' }],
    ['a field that nobody knows', { x_new_field: 1 }],
    ['another model', { model: 'stand-in-mini' }],
    ['an instruction', { instructions: 'Be brief.' }],
  ];
  it.each(changes)('takes %s for another question', async (_name, change) => {
    const { larder } = current();
    const body = chatBody();
    await larder.chat(body);
    const reply = await larder.chat({ ...body, ...change });
    expect(reply.headers['x-larder-cache']).toBe('miss');
  });

  it('takes an earlier turn for another question', async () => {
    const { larder } = current();
    const body = chatBody();
    await larder.chat(body);
    const reply = await larder.chat({
      ...body,
      messages: [{ role: 'system', content: 'Be brief.' }, ...body.messages],
    });
    expect(reply.headers['x-larder-cache']).toBe('miss');
  });

  it('bypasses the cache for numbers that JSON cannot tell apart', async () => {
    const { larder, upstream } = current();
    const prompt = freshPrompt();
    const ask = (seed: string) =>
      larder.chat(
        Buffer.from(`{"model":"stand-in","seed":${seed},"messages":[{"role":"user","content":"${prompt}"}]}`),
      );
    const replies = [await ask('9007199254740993'), await ask('9007199254740993')];
    expect(replies.map((reply) => reply.headers['cache-status'])).toEqual(Array(2).fill('larder; fwd=bypass'));
    expect(upstream.chatCalls({ containing: prompt }).map((call) => /"seed":(\d+)/.exec(call.text)?.[1])).toEqual(
      Array(2).fill('9007199254740993'),
    );
  });
}

function unfitAnswers(current: CurrentSuite): void {
  const unfit: [string, Behaviour][] = [
    ['was cut off by its length', { finishReason: 'length' }],
    ['was filtered', { finishReason: 'content_filter' }],
    ['has no choices', { noChoices: true }],
    ['is empty', { content: '' }],
  ];
  it.each(unfit)('never caches an answer that %s, plain or streamed', async (_name, behaviour) => {
    const { larder, upstream } = current();
    const model = upstream.newModel(behaviour);
    for (const stream of [false, true]) {
      const body = chatBody(`${randomUUID()}`, { model, stream });
      expect((await larder.chat(body)).status).toBe(200);
      // A request that comes while the flight of the first still lands may share its answer; later ones never do.
      await eventually(async () => {
        const again = await larder.chat(body);
        expect([again.status, again.headers['x-larder-cache']]).toEqual([200, 'miss']);
      });
    }
    expect(upstream.chatCalls({ model }).length).toBeGreaterThanOrEqual(4);
  });

  it.each([false, true])('answers 502 when upstream says 200 and no JSON (streamed: %s)', async (stream) => {
    const { larder, upstream } = current();
    const model = upstream.newModel({ rawBody: 'certainly' });
    const reply = await larder.chat(chatBody(freshPrompt(), { model, stream }));
    expect(expectOpenAiError(reply, 502).code).toBe('upstream_failed');
  });

  it('never caches an error nor a stream that broke', async () => {
    const { larder, upstream } = current();
    const failing = upstream.newModel({ status: 400 }, {});
    const breaking = upstream.newModel({ breakAfterChunks: 3, chunkDelayMs: 100 }, {});
    const refused = chatBody(freshPrompt(), { model: failing });
    const broken = chatBody(freshPrompt(), { model: breaking, stream: true });
    expect((await larder.chat(refused)).status).toBe(400);
    await eventually(async () => expect((await larder.chat(refused)).status).toBe(200));
    const cut = await larder.chat(broken).catch(() => undefined);
    expect(cut?.text ?? '').not.toContain('[DONE]');
    const whole = await larder.chat(broken);
    expect(whole.headers['x-larder-cache']).toBe('miss');
    expect(readSseText(whole.text).done).toBe(true);
  });
}
