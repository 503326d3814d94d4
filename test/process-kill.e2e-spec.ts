import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { failures, Load } from './larder/load.js';
import { readSseText } from './larder/sse.js';
import { chatBody, eventually, freshPrompt, useSuite } from './larder/suite.js';
import { startRedis, watchCommands } from './redis/index.js';

const patientLoad = { concurrency: 8, pauseMs: 10, timeoutMs: 20_000 };

/** How many look-ups each connection makes in Redis meanwhile; a replica has one connection for them. */
async function lookUpsByConnection(redisUrl: string, meanwhile: () => Promise<void>): Promise<number[]> {
  const client = new Redis(redisUrl);
  const watch = await watchCommands(client);
  await meanwhile();
  const counts = new Map<string, number>();
  for (const { args, source } of await watch.end()) {
    if (/:exact:/.test(args[1] ?? '') && /get/i.test(args[0]!)) counts.set(source, (counts.get(source) ?? 0) + 1);
  }
  client.disconnect();
  return [...counts.values()];
}

/** Replicas of the split suite share the work, and the death of any of them is nobody's hang. */
describe('killed processes, split', () => {
  const current = useSuite({ topology: 'split', gateways: 2, caches: 2, redis: () => startRedis() });

  it('two cache replicas share the load', async () => {
    const { larder, redisUrl } = current();
    const counts = await lookUpsByConnection(redisUrl, async () => {
      const load = new Load(larder, patientLoad);
      await eventually(() => expect(load.results.length).toBeGreaterThan(300), 60_000);
      expect(failures(await load.stop())).toEqual([]);
    });
    expect(counts).toHaveLength(2);
    for (const count of counts) expect(count).toBeGreaterThan((counts[0]! + counts[1]!) / 10);
  });

  it('kill -9 of a leading gateway releases its followers, who get an answer', async () => {
    const { larder, upstream } = current();
    const model = upstream.newModel({ silent: true }, {});
    const prompt = freshPrompt('a lost leader');
    const leader = larder.chat(chatBody(prompt, { model }), {}, 1).catch(() => undefined);
    await eventually(() => expect(upstream.chatCalls({ model })).toHaveLength(1));
    const followers = Array.from({ length: 8 }, (_, index) =>
      larder.chat(chatBody(prompt, { model, stream: index % 2 === 1 })),
    );
    await sleep(500);
    expect(upstream.chatCalls({ model })).toHaveLength(1);
    await larder.gateways[1]!.kill();
    await leader;
    const replies = await Promise.all(followers);
    expect(replies.map((reply) => reply.status)).toEqual(Array(8).fill(200));
    for (const reply of replies.filter((_, index) => index % 2 === 1)) expect(readSseText(reply.text).done).toBe(true);
    expect(upstream.chatCalls({ model })).toHaveLength(2);
  });

  it('kill -9 of one cache replica under load fails no request, and the other goes on caching', async () => {
    const { larder } = current();
    const load = new Load(larder, patientLoad);
    await eventually(() => expect(load.results.length).toBeGreaterThan(50), 60_000);
    await larder.caches[1]!.kill();
    const killedAt = Date.now();
    await eventually(() => {
      const hits = load.since(killedAt + 1_000).filter((result) => result.cache === 'hit-exact');
      expect(hits.length).toBeGreaterThan(50);
    }, 60_000);
    expect(failures(await load.stop())).toEqual([]);
    await eventually(async () => {
      const body = chatBody();
      await larder.chat(body);
      expect((await larder.chat(body)).headers['x-larder-cache']).toBe('hit-exact');
    });
  });

  it('chat goes on without any cache replica, and heals when one comes', async () => {
    const { larder } = current();
    await larder.caches[0]!.kill();
    const alone = await larder.chat(chatBody());
    expect([alone.status, alone.headers['x-larder-degraded']]).toEqual([200, 'cache']);
    await larder.addCache();
    await eventually(async () => {
      const body = chatBody();
      await larder.chat(body);
      expect((await larder.chat(body)).headers['x-larder-cache']).toBe('hit-exact');
    });
  });

  it('SIGTERM lets requests that are under way finish', async () => {
    const { larder, upstream } = current();
    const model = upstream.newModel({ delayMs: 1_000, chunkDelayMs: 100 });
    const [plain, streamed] = [false, true].map((stream) => larder.chat(chatBody(freshPrompt(), { model, stream })));
    await eventually(() => expect(upstream.chatCalls({ model })).toHaveLength(2));
    const stopped = larder.gateways[0]!.stop();
    expect((await plain!).status).toBe(200);
    expect(readSseText((await streamed!).text).done).toBe(true);
    expect(await stopped).toBe(true);
  });
});
