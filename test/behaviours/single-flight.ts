import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type OpenAI from 'openai';
import type { Reply } from '../larder/http.js';
import { readSseText, spelledText } from '../larder/sse.js';
import { chatBody, eventually, freshPrompt, type CurrentSuite, type Suite } from '../larder/suite.js';

const contentOf = (reply: Reply) =>
  reply.headers['content-type']?.startsWith('text/event-stream')
    ? spelledText(readSseText(reply.text).chunks)
    : reply.json<OpenAI.ChatCompletion>().choices[0]!.message.content;

/** Asks the same body many times at once, spread over all gateways. */
function askTogether({ larder }: Suite, bodies: readonly object[], headers = {}): Promise<Reply[]> {
  return Promise.all(bodies.map((body, index) => larder.chat(body, headers, index % larder.gateways.length)));
}

/**
 * 64 identical misses at once. A machine so busy that the cache misses its deadline lets processes go on alone, and says
 * so: such a stampede proves nothing about sharing, and another is tried.
 */
async function stampede(suite: Suite, streamed: (index: number) => boolean) {
  for (let attempt = 1; ; attempt += 1) {
    const model = suite.upstream.newModel({ delayMs: 1_500, chunkDelayMs: 20 });
    const prompt = freshPrompt('a stampede');
    const bodies = Array.from({ length: 64 }, (_, index) => chatBody(prompt, { model, stream: streamed(index) }));
    const replies = await askTogether(suite, bodies);
    expect(replies.map((reply) => reply.status)).toEqual(Array(64).fill(200));
    const alone = replies.filter((reply) => reply.headers['x-larder-degraded'] !== undefined);
    if (alone.length === 0 || attempt === 8) return { model, replies };
  }
}

/** N identical concurrent misses are one call, and everybody gets its answer. */
export function identicalMissesShareOneCall(current: CurrentSuite): void {
  describe('single flight', () => {
    sharing(current);
    apart(current);
    failing(current);
  });
}

function sharing(current: CurrentSuite): void {
  const shapes: [string, (index: number) => boolean][] = [
    ['plain', () => false],
    ['streamed', () => true],
    ['mixed', (index) => index % 3 === 0],
  ];
  it.each(shapes)('makes one call of 64 identical concurrent misses (%s)', async (_name, streamed) => {
    const { model, replies } = await stampede(current(), streamed);
    const { upstream } = current();
    expect(replies.map((reply) => reply.headers['x-larder-cache']).sort()).toEqual([
      ...Array<string>(63).fill('coalesced'),
      'miss',
    ]);
    expect(new Set(replies.map(contentOf)).size).toBe(1);
    expect(upstream.chatCalls({ model })).toHaveLength(1);
    for (const reply of replies.filter((each) => each.headers['content-type']?.startsWith('text/event-stream'))) {
      expect(readSseText(reply.text).done).toBe(true);
    }
    const follower = replies.find((reply) => reply.headers['x-larder-cache'] === 'coalesced');
    expect(follower!.headers['cache-status']).toMatch(/^larder; fwd=miss(; collapsed)?$/);
  });
}

function apart(current: CurrentSuite): void {
  it('never joins with no-store', async () => {
    const { upstream } = current();
    const model = upstream.newModel({ delayMs: 1_000 });
    const body = chatBody(freshPrompt(), { model });
    const [shared, alone] = await Promise.all([
      askTogether(current(), [body, body]),
      askTogether(current(), [body, body], { 'cache-control': 'no-store' }),
    ]);
    expect([...shared, ...alone].map((reply) => reply.status)).toEqual(Array(4).fill(200));
    expect(upstream.chatCalls({ model })).toHaveLength(3);
    expect(new Set(alone.map(contentOf)).size).toBe(2);
  });

  it('never joins the flight of another tenant', async () => {
    const { larder, upstream } = current();
    await larder.createTenant('flying-other');
    const other = await larder.createKey({ tenant: 'flying-other' });
    const model = upstream.newModel({ delayMs: 1_000 });
    const body = chatBody(freshPrompt(), { model });
    const [mine, theirs] = await Promise.all([
      larder.chat(body),
      larder.chat(body, { authorization: `Bearer ${other.key}` }),
    ]);
    expect(upstream.chatCalls({ model })).toHaveLength(2);
    expect(contentOf(mine)).not.toBe(contentOf(theirs));
  });
}

function failing(current: CurrentSuite): void {
  it('gives followers an answer that may not be cached, too', async () => {
    const { upstream } = current();
    const model = upstream.newModel({ delayMs: 1_000, finishReason: 'length' });
    const body = chatBody(freshPrompt(), { model });
    const replies = await askTogether(current(), Array<object>(8).fill(body));
    expect(replies.map((reply) => reply.status)).toEqual(Array(8).fill(200));
    expect(upstream.chatCalls({ model }).length).toBeLessThan(8);
  });

  it('answers every follower of a leader that was refused', async () => {
    const { upstream } = current();
    const model = upstream.newModel({ delayMs: 500, status: 400 });
    const body = chatBody(freshPrompt(), { model });
    const replies = await askTogether(current(), Array<object>(8).fill(body));
    expect(replies.map((reply) => reply.status)).toEqual(Array(8).fill(400));
  });

  it('finishes the flight of a leader whose client left', async () => {
    const { larder, upstream } = current();
    const model = upstream.newModel({ delayMs: 1_500 });
    const body = chatBody(freshPrompt(), { model });
    const controller = new AbortController();
    const left = fetch(`${larder.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${larder.key}`, 'content-type': 'application/json' },
      signal: controller.signal,
    }).catch(() => undefined);
    await eventually(() => expect(upstream.chatCalls({ model })).toHaveLength(1));
    const follower = larder.chat(body, {}, larder.gateways.length - 1);
    await sleep(300);
    controller.abort();
    await left;
    expect((await follower).status).toBe(200);
    expect(upstream.chatCalls({ model })).toHaveLength(1);
  });
}
