import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type OpenAI from 'openai';
import { completeChat } from '#contracts';
import { readSseText } from './larder/sse.js';
import { busSecret } from './larder/larder.js';
import { chatBody, eventually, freshPrompt, patienceMs, useSuite } from './larder/suite.js';
import { startRedis } from './redis/index.js';
import { startService, type RunningService } from './transport/start-service.js';

const folder = mkdtempSync(join(tmpdir(), 'larder-config-'));
const file = join(folder, 'larder.yaml');
writeFileSync(
  file,
  `models:
  - id: stand-in
    inputPer1M: 2.5
    outputPer1M: 10
  - id: "scripted-*"
    inputPer1M: 1
    outputPer1M: 1
caches:
  - id: from-file
    mode: exact
    ttlSeconds: 120
    ttlJitter: 0
`,
);

const usd = (microUsd: number) => (microUsd / 1e6).toFixed(6);

type AskPrompt<T> = (prompt: string) => Promise<T>;

/** A new question whose answer is kept: on a busy machine a write may miss its deadline, and the answer comes without it. */
function kept<T extends { readonly headers: Readonly<Record<string, string>> }>(ask: AskPrompt<T>) {
  return eventually(async () => {
    const prompt = freshPrompt();
    const reply = await ask(prompt);
    expect(reply.headers['cache-status']).toBe('larder; fwd=miss; stored');
    return { prompt, reply };
  });
}

/** What the file named by LARDER_CONFIG says holds, and other services ask a model through the gateway's own path. */
describe('split, configured by a file', () => {
  const current = useSuite({
    topology: 'split',
    gateways: 1,
    caches: 1,
    env: { LARDER_CONFIG: file },
    redis: () => startRedis(),
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  describe('prices', () => {
    it.each([
      ['a name', 2.5, 10],
      ['a glob', 1, 1],
    ])('by %s become the cost of a call and what a hit saves', async (by, input, output) => {
      const { larder, upstream } = current();
      const model = by === 'a name' ? 'stand-in' : upstream.newModel();
      const { prompt, reply: first } = await kept((asked) => larder.chat(chatBody(asked, { model })));
      const second = await larder.chat(chatBody(prompt, { model }));
      const { prompt_tokens, completion_tokens } = first.json<OpenAI.ChatCompletion>().usage!;
      const cost = usd(Math.round(prompt_tokens * input + completion_tokens * output));
      expect(first.headers['x-larder-cost-usd']).toBe(cost);
      expect(second.headers).toMatchObject({ 'x-larder-cache': 'hit-exact', 'x-larder-saved-usd': cost });
    });

    it('are told at the end of a stream', async () => {
      await eventually(async () => {
        const reply = await current().larder.chat(chatBody(freshPrompt(), { stream: true }));
        const told = readSseText(reply.text).comments.at(-1);
        expect(told).toMatch(/^larder stored entry=[0-9a-f]{32} cost-micro-usd=\d{2}$/);
      });
    });
  });

  it('cache policies of the file hold', async () => {
    const reply = await current().larder.cacheRest('/v1/caches/from-file');
    expect(reply.json()).toMatchObject({ cacheId: 'from-file', mode: 'exact', ttlSeconds: 120 });
  });

  describe('completeChat, asked by another service', () => {
    let service: RunningService;
    beforeAll(async () => {
      const { redisUrl } = current();
      service = await startService({
        url: redisUrl,
        keyPrefix: 'larder',
        busSecret,
        service: 'worker',
        controllers: [],
      });
    }, patienceMs);
    afterAll(() => service.close());

    const ask = (prompt: string, options: Record<string, string> = {}, more: object = {}) =>
      service.client.call(completeChat, { tenant: 'acme', body: chatBody(prompt, { ...more }), options });

    it('takes the same path as HTTP, with the same controls', async () => {
      const { larder, upstream } = current();
      const options = { 'x-larder-cache-id': 'by-rpc', 'x-larder-locale': 'de-CH', 'x-larder-cache-tags': 'warmed' };
      const { prompt, reply: first } = await kept((asked) => ask(asked, options, { stream: true }));
      expect(first.status).toBe(200);
      const repeats = [await ask(prompt, options), await larder.chat(chatBody(prompt), options)];
      for (const { headers } of repeats) expect(headers['x-larder-cache']).toBe('hit-exact');
      expect((await ask(prompt, { ...options, 'x-larder-locale': 'fr-CH' })).headers['x-larder-cache']).toBe('miss');
      expect((await ask(prompt, { ...options, 'x-larder-cache-mode': 'off' })).headers['x-larder-cache']).toBe(
        'bypass',
      );
      expect((await ask(prompt, { 'cache-control': 'only-if-cached' })).status).toBe(504);
      expect(upstream.chatCalls({ containing: prompt })).toHaveLength(3);
    });

    it('answers what an upstream refuses, and faults of the caller as faults', async () => {
      const model = current().upstream.newModel({ status: 400 });
      expect(await ask(freshPrompt(), {}, { model })).toMatchObject({ status: 400 });
      await expect(ask(freshPrompt(), { 'x-larder-cache-threshold': '7' })).rejects.toMatchObject({
        code: 'invalid_request',
        details: { param: 'x-larder-cache-threshold' },
      });
    });

    it('answers one idempotency key once', async () => {
      const request = { tenant: 'acme', body: chatBody(), options: { 'cache-control': 'no-cache' } };
      const twice = [1, 2].map(() => service.client.call(completeChat, { ...request, idempotencyKey: 'once' }));
      const [one, two] = await Promise.all(twice);
      expect(one!.body).toBe(two!.body);
    });
  });
});
