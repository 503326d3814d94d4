import { describe, expect, it } from '@jest/globals';
import type OpenAI from 'openai';
import { send } from './larder/http.js';
import { freshPrompt, useSuite } from './larder/suite.js';
import { standInVector } from './larder/upstream-embeddings.js';
import { startRedis, type RunningRedis } from './redis/index.js';

describe('embeddings while Redis hangs', () => {
  let redis: RunningRedis;
  const current = useSuite({ topology: 'standalone', redis: async () => (redis = await startRedis()) });

  it('come from upstream, and the answer says that the cache was away', async () => {
    const { larder, upstream } = current();
    const input = freshPrompt();
    const embed = () =>
      send(`${larder.url}/v1/embeddings`, {
        body: { model: 'stand-in-embedder', input },
        headers: { authorization: `Bearer ${larder.key}` },
      });
    await embed();
    redis.signal('SIGSTOP');
    try {
      const reply = await embed();
      expect([reply.status, reply.headers['x-larder-degraded']]).toEqual([200, 'cache']);
      expect(reply.json<OpenAI.CreateEmbeddingResponse>().data[0]!.embedding).toEqual(standInVector(input));
      expect(upstream.embeddingInputs(input)).toHaveLength(2);
    } finally {
      redis.signal('SIGCONT');
    }
  });
});
