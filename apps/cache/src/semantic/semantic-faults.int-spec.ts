import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Redis } from 'ioredis';
import type { ServiceEnv } from '#service';
import { startCacheReplica, storedEntry, untilSemantic } from '../../../../test/cache/cache-replica.js';
import { answerTo, ask, outcome, scope, sha256, type Asking } from '../../../../test/cache/questions.js';
import { startRedis, until, type RunningRedis } from '../../../../test/redis/index.js';
import { ResponseCacheService } from '../response/response-cache.service.js';
import { dayOf } from '../statistics/days.js';
import { StatisticsService } from '../statistics/statistics.service.js';
import { SemanticSpaceService } from './semantic-space.service.js';

let redis: RunningRedis;
let client: Redis;
let keyPrefix: string;
const opened: TestingModule[] = [];

const turn = 'How do I reset my router password?';
const nearly = 'How do I resett my router pasword?';

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
});

afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

beforeEach(() => {
  keyPrefix = `t${randomBytes(6).toString('hex')}`;
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((replica) => replica.close()));
});

async function start(env?: Partial<ServiceEnv>): Promise<TestingModule> {
  const urls = { cache: redis.url, state: redis.url, bus: redis.url };
  const replica = await startCacheReplica({ urls, keyPrefix, ...(env && { env }) });
  opened.push(replica);
  return replica;
}

async function startReady(env?: Partial<ServiceEnv>): Promise<TestingModule> {
  const replica = await start(env);
  await untilSemantic(replica);
  return replica;
}

const outcomeIn = async (replica: TestingModule, asking: Asking) =>
  outcome(await replica.get(ResponseCacheService).lookUp(ask(asking)));

async function keep(replica: TestingModule, asking: Asking, ttlSeconds?: number): Promise<string> {
  const request = answerTo(asking, { ...(ttlSeconds !== undefined && { ttlSeconds }) });
  const { entryId } = storedEntry(await replica.get(ResponseCacheService).store(request));
  await untilSemantic(replica);
  return entryId;
}

const keyOf = async (kind: string) => {
  const [key] = await client.keys(`${keyPrefix}:${kind}:*`);
  if (!key) throw new Error(`no key of kind ${kind}`);
  return key;
};

describe('an entry that is gone', () => {
  it.each([
    ['has expired', async () => void (await sleep(1_100))],
    ['has lost its answer', async () => void (await client.del(await keyOf('exact')))],
    ['has lost its hash', async () => void (await client.del(await keyOf('entry')))],
    ['went with everything else', async () => void (await client.flushall())],
    ['has a vector that cannot be read', async () => void (await spoilVector(Buffer.from('spoilt')))],
    ['has a vector of nothing', async () => void (await spoilVector(Buffer.alloc(2_048)))],
    ['has a hash of another type', async () => void (await client.set(await keyOf('entry'), 'text'))],
    ['has an answer that cannot be read', async () => void (await client.set(await keyOf('exact'), 'text'))],
  ])('is a miss and no ghost when it %s', async (_, spoil) => {
    const replica = await startReady();
    await keep(replica, { turn }, 1);
    expect(await outcomeIn(replica, { turn: nearly })).toBe('semantic');
    await spoil();
    expect(['absent', 'unreadable', 'index-unavailable']).toContain(await outcomeIn(replica, { turn: nearly }));
    await keep(replica, { turn });
    await until('the new entry answers', async () => (await outcomeIn(replica, { turn: nearly })) === 'semantic');
  });

  it('is not served by its old id once another has taken its place', async () => {
    const replica = await startReady();
    await keep(replica, { turn });
    const entryId = await keep(replica, { turn });
    expect(await replica.get(ResponseCacheService).lookUp(ask({ turn: nearly }))).toMatchObject({ entryId });
  });

  it('is found by a vector that is kept in eight bits', async () => {
    await keep(await startReady({ vectorType: 'int8' }), { turn });
    const key = await keyOf('entry');
    const field = (await client.hkeys(key)).find((name) => name.startsWith('vec_'))!;
    expect(await client.hstrlen(key, field)).toBeLessThan(600);
    expect(await outcomeIn(await startReady({ vectorType: 'int8' }), { turn: nearly })).toBe('semantic');
  });

  it('is hidden by a flush at once', async () => {
    const replica = await startReady();
    await keep(replica, { turn });
    await replica.get(ResponseCacheService).flush(scope);
    expect(await outcomeIn(replica, { turn: nearly })).toBe('absent');
  });

  it('is hidden when it is deleted by its id', async () => {
    const replica = await startReady();
    const entryId = await keep(replica, { turn });
    await replica.get(ResponseCacheService).delete({ ...scope, entryId });
    expect(await outcomeIn(replica, { turn: nearly })).toBe('absent');
  });
});

async function spoilVector(bytes: Buffer): Promise<void> {
  const key = await keyOf('entry');
  const field = (await client.hkeys(key)).find((name) => name.startsWith('vec_'));
  await client.hset(key, field!, bytes);
}

it('is at most a miss when a full Redis has evicted it, never an error and never another answer', async () => {
  const full = await startRedis({ args: ['--maxmemory', '6mb', '--maxmemory-policy', 'allkeys-lru'] });
  try {
    const urls = { cache: full.url, state: redis.url, bus: redis.url };
    const replica = await startCacheReplica({ urls, keyPrefix });
    opened.push(replica);
    await untilSemantic(replica);
    const names = ['apples', 'bridges', 'candles', 'dragons', 'engines', 'flutes', 'glaciers', 'hammers', 'islands'];
    const turns = names.flatMap((one, at) => names.slice(at + 1).map((other) => `Compare ${one} with ${other}`));
    for (const [serial, text] of [...turns, ...turns, ...turns].entries()) {
      const frame = sha256(String(Math.floor(serial / turns.length)));
      const answer = JSON.stringify({ to: text, frame, filler: randomBytes(45_000).toString('base64') });
      await replica.get(ResponseCacheService).store(answerTo({ turn: text, frame }, { answer }));
    }
    await untilSemantic(replica);
    const outcomes: string[] = [];
    for (const text of turns) {
      const frame = sha256('2');
      const reply = await replica.get(ResponseCacheService).lookUp(ask({ turn: `Please ${text}`, frame }));
      if (reply.hit) expect(JSON.parse(reply.answer)).toMatchObject({ to: text, frame });
      outcomes.push(outcome(reply));
    }
    expect(outcomes).toContain('semantic');
    expect(outcomes.filter((found) => found !== 'semantic')).not.toEqual([]);
  } finally {
    await opened.pop()?.close();
    await full.stop();
  }
});

describe('replicas', () => {
  it('agree within a second on what is stored and what is flushed', async () => {
    const [one, other] = [await startReady(), await startReady()];
    await keep(one, { turn });
    await until('the other replica knows', async () => (await outcomeIn(other, { turn: nearly })) === 'semantic');
    await one.get(ResponseCacheService).flush(scope);
    await until('the other replica forgets', async () => (await outcomeIn(other, { turn: nearly })) === 'absent');
  });

  it('know after a restart what was stored before', async () => {
    await keep(await startReady(), { turn });
    expect(await outcomeIn(await startReady(), { turn: nearly })).toBe('semantic');
  });
});

describe('an embedder', () => {
  let server: Server;
  let url: string;
  let answer: (texts: string[]) => Promise<number[][]>;

  beforeEach(async () => {
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { input } = JSON.parse(Buffer.concat(parts).toString()) as { input: string | string[] };
        const texts = [input].flat();
        answer(texts).then(
          (vectors) =>
            response.end(JSON.stringify({ data: vectors.map((embedding, index) => ({ index, embedding })) })),
          () => response.writeHead(500).end(),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    answer = async (texts) => texts.map(letters);
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const openai = (): Partial<ServiceEnv> => ({ embedder: 'openai', embedderUrl: url, embedderModel: 'letters' });

  it('that is away makes a miss with its reason, leaves exact answers alone, and is used once it is there', async () => {
    answer = () => Promise.reject(new Error('away'));
    const replica = await start(openai());
    expect(await outcomeIn(replica, { turn })).toBe('embedder-unavailable');
    await replica.get(ResponseCacheService).store(answerTo({ turn }));
    expect(await outcomeIn(replica, { turn })).toBe('exact');
    answer = async (texts) => texts.map(letters);
    await untilSemantic(replica);
    await keep(replica, { turn });
    expect(await outcomeIn(replica, { turn: nearly })).toBe('semantic');
  });

  it('that is late makes a miss with its reason, and what is stored is indexed all the same', async () => {
    const replica = await startReady(openai());
    answer = async (texts) => (await sleep(300), texts.map(letters));
    expect(await outcomeIn(replica, { turn: nearly })).toBe('embedder-late');
    await keep(replica, { turn });
    answer = async (texts) => texts.map(letters);
    expect(await outcomeIn(replica, { turn: nearly })).toBe('semantic');
  });

  it('that costs money is counted once a text, and savings are told net of it', async () => {
    const replica = await startReady({ ...openai(), embedderPrice: 1_000 });
    const today = dayOf(Date.now());
    const cost = async () => {
      const { embeddingMicroUsd } = await replica.get(StatisticsService).read({ ...scope, from: today, to: today });
      return embeddingMicroUsd;
    };
    const before = await cost();
    await keep(replica, { turn });
    await until('the cost to be counted', async () => (await cost()) > before);
    const first = await cost();
    const again = await startReady({ ...openai(), embedderPrice: 1_000 });
    expect(await outcomeIn(again, { turn: `${turn} ` })).toBe('semantic');
    await sleep(100);
    expect(await cost()).toBe(first);
  });

  it('that finds everything near is refused for good', async () => {
    answer = async (texts) => texts.map(() => [1, 1, 1]);
    const replica = await start(openai());
    await sleep(500);
    answer = async (texts) => texts.map(letters);
    expect(await outcomeIn(replica, { turn })).toBe('embedder-unavailable');
    await sleep(500);
    expect(replica.get(SemanticSpaceService).index).toBeUndefined();
    expect(await outcomeIn(replica, { turn })).toBe('embedder-unavailable');
  });

  it('of another dimension never reads the vectors of the one before', async () => {
    await keep(await startReady(), { turn });
    const replica = await startReady(openai());
    expect(await outcomeIn(replica, { turn: nearly })).toBe('absent');
    expect(await outcomeIn(replica, { turn })).toBe('exact');
  });
});

/** Counts of letter pairs: near for what is spelt alike, far apart otherwise. */
function letters(text: string): number[] {
  const vector = Array.from({ length: 700 }, () => 0);
  const plain = text.toLowerCase().replace(/[^a-z]/g, '');
  for (let i = 1; i < plain.length; i += 1) {
    vector[(plain.charCodeAt(i - 1) - 97) * 26 + plain.charCodeAt(i) - 97]! += 1;
  }
  return vector;
}
