import { describe, expect, it } from '@jest/globals';
import type OpenAI from 'openai';
import { expectOpenAiError } from '../larder/error-shapes.js';
import { OwnCache } from '../larder/own-cache.js';
import { readSseText, spelledText } from '../larder/sse.js';
import { chatBody, eventually, freshPrompt, type CurrentSuite } from '../larder/suite.js';

/** Streams whose upstream fails, and answers that are streamed from the cache. */
export function streamsAreWhole(current: CurrentSuite): void {
  describe('streams', () => {
    failing(current);
    replayed(current);
  });
}

function failing(current: CurrentSuite): void {
  it('tells a fault that upstream reports once, and keeps nothing of the answer', async () => {
    const { larder, upstream } = current();
    const model = upstream.newModel({ errorAfterChunks: [3, 'overloaded'] }, {});
    const body = chatBody(freshPrompt(), { model, stream: true });
    const broken = await larder.chat(body);
    expect([broken.status, broken.text.split('"error"').length]).toEqual([200, 2]);
    expect(broken.text).toContain('overloaded');
    expect(broken.text).not.toContain('[DONE]');
    const whole = await larder.chat(body);
    expect(whole.headers['x-larder-cache']).toBe('miss');
    expect(readSseText(whole.text).done).toBe(true);
  });

  it('tells a fault before the first chunk by its status', async () => {
    const { larder, upstream } = current();
    const model = upstream.newModel({ errorAfterChunks: [0, 'overloaded'] });
    const reply = await larder.chat(chatBody(freshPrompt(), { model, stream: true }));
    expect(expectOpenAiError(reply, 502).message).toBe('overloaded');
  });
}

function replayed(current: CurrentSuite): void {
  it('come piece by piece when the caller asks for a rate', async () => {
    const cache = new OwnCache(current);
    const prompt = freshPrompt();
    await cache.keep(prompt);
    const rate = { 'x-larder-replay-rate': '500' };
    const [paced, atOnce] = [
      await cache.look(prompt, rate, { stream: true }),
      await cache.look(prompt, {}, { stream: true }),
    ];
    expect(paced.headers['x-larder-cache']).toBe('hit-exact');
    expect(paced.text).toBe(atOnce.text);
  });

  it('hold an answer that was cut off where the policy keeps such ones', async () => {
    const cache = await new OwnCache(current).configure({ storeTruncated: true });
    const model = current().upstream.newModel({ finishReason: 'length' });
    const prompt = freshPrompt();
    const first = await eventually(async () => {
      const reply = await cache.ask(prompt, {}, { model, stream: true });
      expect(readSseText(reply.text).comments.join()).toContain('larder stored');
      return reply;
    });
    const [plain, streamed] = [
      await cache.look(prompt, {}, { model }),
      await cache.look(prompt, {}, { model, stream: true }),
    ];
    expect(plain.json<OpenAI.ChatCompletion>().choices[0]!.finish_reason).toBe('length');
    const { chunks } = readSseText(streamed.text);
    expect(spelledText(chunks)).toBe(spelledText(readSseText(first.text).chunks));
    expect(chunks.at(-1)!.choices[0]!.finish_reason).toBe('length');
  });
}
