import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { expectOpenAiError } from '../larder/error-shapes.js';
import { readSseText, spelledText } from '../larder/sse.js';
import { chatBody, freshPrompt, type CurrentSuite } from '../larder/suite.js';

/** `Idempotency-Key`: a repeated request is the same request, whatever the cache does. */
export function repeatedRequestsAreTheSameRequest(current: CurrentSuite): void {
  describe('idempotency key', () => {
    const uncached = (key: string) => ({ 'idempotency-key': key, 'x-larder-cache-mode': 'off' });

    it('gives the same answer for the same body, without a second call', async () => {
      const { larder, upstream } = current();
      const body = chatBody();
      const headers = uncached(randomUUID());
      const [first, second] = [await larder.chat(body, headers), await larder.chat(body, headers)];
      expect([first.status, second.status]).toEqual([200, 200]);
      expect(second.json()).toEqual(first.json());
      expect(upstream.chatCalls({ containing: body.messages[0]!.content })).toHaveLength(1);
    });

    it('gives a streamed answer again as a stream', async () => {
      const { larder, upstream } = current();
      const body = chatBody(freshPrompt(), { stream: true });
      const headers = uncached(randomUUID());
      const [first, second] = [await larder.chat(body, headers), await larder.chat(body, headers)];
      const [live, replay] = [readSseText(first.text), readSseText(second.text)];
      expect(spelledText(replay.chunks)).toBe(spelledText(live.chunks));
      expect(replay.done).toBe(true);
      expect(upstream.chatCalls({ containing: body.messages[0]!.content })).toHaveLength(1);
    });

    it('refuses another body with 409, and tells clients not to retry', async () => {
      const { larder } = current();
      const headers = uncached(randomUUID());
      await larder.chat(chatBody(), headers);
      const reply = await larder.chat(chatBody(), headers);
      expectOpenAiError(reply, 409);
      expect(reply.headers['x-should-retry']).toBe('false');
    });

    it('does not keep a failure: the retry of the same request is answered', async () => {
      const { larder, upstream } = current();
      const model = upstream.newModel({ status: 500 }, { status: 500 }, { status: 500 }, { status: 500 }, {});
      const body = chatBody(freshPrompt(), { model });
      const headers = uncached(randomUUID());
      const statuses = [];
      while (statuses.at(-1) !== 200 && statuses.length < 6) statuses.push((await larder.chat(body, headers)).status);
      expect(statuses.length).toBeGreaterThan(1);
      expect(statuses.at(-1)).toBe(200);
    });

    it('belongs to one tenant', async () => {
      const { larder } = current();
      const headers = uncached(randomUUID());
      await larder.createTenant('idempotent-other');
      const other = await larder.createKey({ tenant: 'idempotent-other' });
      await larder.chat(chatBody(), headers);
      const reply = await larder.chat(chatBody(), { ...headers, authorization: `Bearer ${other.key}` });
      expect(reply.status).toBe(200);
    });

    it.each(['', 'x'.repeat(300)])('refuses a key that is no identifier (%#)', async (key) => {
      const { larder } = current();
      const reply = await larder.chat(chatBody(), { 'idempotency-key': key });
      if (key === '') expect([200, 400]).toContain(reply.status);
      else expectOpenAiError(reply, 400);
    });
  });
}
