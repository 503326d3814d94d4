import { afterAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { LexicalEmbedder } from '#embedding';
import { freePort } from './larder/larder-process.js';
import { OwnCache, politely, question } from './larder/own-cache.js';
import { eventually, useSuite } from './larder/suite.js';
import { startRedis } from './redis/index.js';

const port = await freePort();
const lexical = new LexicalEmbedder();
const warnLevel = /"level":"(warn|error|fatal)"/;

/** An OpenAI-compatible server of embeddings. */
async function startEmbedder(): Promise<Server> {
  const server = createServer((request, response) => {
    void embed(request).then((body) => response.setHeader('content-type', 'application/json').end(body));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function embed(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const { input } = JSON.parse(Buffer.concat(parts).toString('utf8')) as { input: string | string[] };
  const vectors = await lexical.embed([input].flat());
  const data = vectors.map((vector, index) => ({ object: 'embedding', index, embedding: [...vector] }));
  return JSON.stringify({ object: 'list', model: 'wording', data, usage: { prompt_tokens: 1, total_tokens: 1 } });
}

/** What turns questions into vectors is a server, which is not there at first. */
describe('split, with an embedder that is away', () => {
  let embedder: Server | undefined;
  const current = useSuite({
    topology: 'split',
    gateways: 1,
    caches: 1,
    redis: () => startRedis(),
    env: {
      LARDER_EMBEDDER: 'openai',
      LARDER_EMBEDDER_URL: `http://127.0.0.1:${port}/v1`,
      LARDER_EMBEDDER_MODEL: 'wording',
      LARDER_EMBEDDER_THRESHOLD: String(lexical.defaultThreshold),
    },
  });
  afterAll(() => {
    embedder?.closeAllConnections();
    embedder?.close();
  });

  it('answers every request, and repeats from the cache; other words miss with the reason', async () => {
    const cache = new OwnCache(current);
    await cache.keep(question);
    for (let turn = 0; turn < 20; turn += 1) {
      expect((await cache.look(question)).headers['x-larder-cache']).toBe('hit-exact');
      const near = await cache.look(politely);
      expect([near.status, near.headers['x-larder-cache-reason']]).toEqual([504, 'embedder-unavailable']);
    }
    const fresh = await cache.ask(politely);
    expect([fresh.status, fresh.headers['x-larder-degraded']]).toEqual([200, undefined]);
  });

  it('tells applications that ask by meaning themselves', async () => {
    const search = { method: 'POST', body: { prompt: question } };
    const reply = await current().larder.cacheRest('/v1/caches/of-an-application/entries/search', search);
    expect(reply.status).toBe(424);
  });

  it('does not fill the log with it', () => {
    const lines = current().larder.log().split('\n');
    expect(lines.filter((line) => warnLevel.test(line)).length).toBeLessThan(10);
  });

  it('compares by meaning as soon as the embedder is there', async () => {
    embedder = await startEmbedder();
    const cache = new OwnCache(current);
    await eventually(async () => {
      // What was kept while the embedder was away has no vector: ask anew until one has.
      await cache.ask(question, { 'cache-control': 'no-cache' });
      expect((await cache.look(politely)).headers['x-larder-cache']).toBe('hit-semantic');
    }, 60_000);
  });
});
