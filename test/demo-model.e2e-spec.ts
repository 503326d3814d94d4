import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { startLarder, type RunningLarder } from './larder/larder.js';
import { patienceMs } from './larder/suite.js';
import { startRedis, type RunningRedis } from './redis/index.js';

describe('a fresh start without an upstream', () => {
  let redis: RunningRedis;
  let larder: RunningLarder;
  let client: OpenAI;
  beforeAll(async () => {
    redis = await startRedis();
    larder = await startLarder({ topology: 'standalone', redisUrl: redis.url, auth: 'open' });
    client = new OpenAI({ baseURL: `${larder.url}/v1`, apiKey: 'any', maxRetries: 0 });
  }, patienceMs);
  afterAll(async () => {
    await larder.stop();
    await redis.stop();
  }, patienceMs);
  const model = 'larder-demo';

  it('answers responses, plain and streamed', async () => {
    const body = { model, input: 'What is a cache?', instructions: 'Be brief.' };
    const plain = await client.responses.create(body);
    expect(plain.output_text).toContain('What is a cache?');
    const { data, response } = await client.responses.create(body).withResponse();
    expect([response.headers.get('x-larder-cache'), data]).toEqual(['hit-exact', plain]);
    const fresh = client.responses.stream({ ...body, input: 'What is a stream?' });
    expect((await fresh.finalResponse()).output_text).toContain('What is a stream?');
  });

  it('answers embeddings, near for texts that share words', async () => {
    const { data } = await client.embeddings.create({ model, input: ['a red fox', 'the red fox', 'quarterly report'] });
    const [fox, same, other] = data.map(({ embedding }) => embedding);
    const similarity = (a: number[], b: number[]) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);
    expect(similarity(fox!, same!)).toBeGreaterThan(similarity(fox!, other!));
  });

  it('answers chat', async () => {
    const completion = await client.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hello?' }] });
    expect(completion.choices[0]!.finish_reason).toBe('stop');
  });
});
