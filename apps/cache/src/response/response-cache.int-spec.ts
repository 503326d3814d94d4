import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Redis } from 'ioredis';
import type { LookUpReply, LookUpRequest, StoreAnswerRequest } from '#contracts';
import { cacheKeys } from '#redis-keys';
import { startCacheReplica, storedEntry } from '../../../../test/cache/cache-replica.js';
import { startRedis, until, watchCommands, type RunningRedis } from '../../../../test/redis/index.js';
import { GenerationService } from '../generation/generation.service.js';
import { ResponseCacheService } from './response-cache.service.js';

let redis: RunningRedis;
let client: Redis;
let replica: TestingModule;
let responses: ResponseCacheService;
let keyPrefix: string;

const scope = { tenant: 'acme', cacheId: 'default' };
const exactKey = createHash('sha256').update('a question').digest('hex');
const question: LookUpRequest = { ...scope, exactKey, model: 'm1' };
const answer = '{"id":"chatcmpl-1","choices":[{"message":{"content":"line\\nbreak ü"}}]}';
const wanted: StoreAnswerRequest = {
  ...scope,
  exactKey,
  answer,
  model: 'm1',
  tokens: 500,
  costMicroUsd: 1_500,
  latencyMs: 900,
};

const urls = () => ({ cache: redis.url, state: redis.url, bus: redis.url });
const newPrefix = () => `t${randomBytes(6).toString('hex')}`;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const keyOf = async (tenant = scope.tenant) =>
  cacheKeys(keyPrefix).exact(
    tenant,
    'default',
    await replica.get(GenerationService).current({ ...scope, tenant }),
    exactKey,
  );

function missReason(reply: LookUpReply): string {
  return reply.hit ? 'hit' : reply.reason;
}

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
});

afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

beforeEach(async () => {
  keyPrefix = newPrefix();
  replica = await startCacheReplica({ urls: urls(), keyPrefix });
  responses = replica.get(ResponseCacheService);
});

afterEach(() => replica.close());

describe('the response cache', () => {
  it('answers what was stored, byte for byte, with age, remaining life and what was saved', async () => {
    const { entryId, ttlSeconds } = storedEntry(await responses.store(wanted));
    const hit = await responses.lookUp(question);
    expect(hit).toMatchObject({ hit: true, via: 'exact', entryId, answer, ageSeconds: 0, savedMicroUsd: 1_500 });
    expect(entryId).toMatch(/^[0-9a-f]{32}$/);
    expect(ttlSeconds).toBeGreaterThanOrEqual(77_760);
    expect(ttlSeconds).toBeLessThanOrEqual(86_400);
  });

  it('lets every key expire but the generation', async () => {
    await responses.store({ ...wanted, ttlSeconds: 100 });
    await responses.lookUp(question);
    await pause(50);
    const keys = (await client.keys(`${keyPrefix}:*`)).filter((key) => !key.includes(':generation:'));
    expect(keys.length).toBeGreaterThanOrEqual(3);
    for (const key of keys) expect(await client.pttl(key)).toBeGreaterThan(80_000);
  });

  it('never answers one tenant from another, nor one cache from another', async () => {
    await responses.store(wanted);
    expect(missReason(await responses.lookUp({ ...question, tenant: 'other' }))).toBe('absent');
    expect(missReason(await responses.lookUp({ ...question, cacheId: 'other' }))).toBe('absent');
  });

  it('forgets an entry at the end of its life', async () => {
    await responses.store({ ...wanted, ttlSeconds: 1 });
    expect(missReason(await responses.lookUp(question))).toBe('hit');
    await pause(1_100);
    expect(missReason(await responses.lookUp(question))).toBe('absent');
  });

  it('misses an entry older than the caller accepts', async () => {
    await responses.store(wanted);
    await pause(1_050);
    expect(missReason(await responses.lookUp({ ...question, maxAgeSeconds: 0 }))).toBe('too-old');
    expect(missReason(await responses.lookUp({ ...question, maxAgeSeconds: 1 }))).toBe('too-old');
    expect(missReason(await responses.lookUp({ ...question, maxAgeSeconds: 60 }))).toBe('hit');
  });

  it.each([
    ['foreign text', 'no entry'],
    ['a header without an answer', '{"entryId":"00000000000000000000000000000000"}\n'],
    ['broken JSON', '{"entryId":\n{}'],
    ['an empty string', ''],
  ])('misses over %s as unreadable, and the next store heals it', async (_, stored) => {
    await responses.store(wanted);
    await client.set(await keyOf(), stored);
    expect(missReason(await responses.lookUp(question))).toBe('unreadable');
    await responses.store(wanted);
    expect(missReason(await responses.lookUp(question))).toBe('hit');
  });

  it('misses over an answer that was cut off', async () => {
    await responses.store(wanted);
    const key = await keyOf();
    await client.set(key, (await client.get(key))!.slice(0, -1));
    expect(missReason(await responses.lookUp(question))).toBe('unreadable');
  });

  it('misses over a key of the wrong type', async () => {
    await responses.store(wanted);
    await client.del(await keyOf());
    await client.hset(await keyOf(), { a: 1 });
    expect(missReason(await responses.lookUp(question))).toBe('unreadable');
    await responses.store(wanted);
    expect(missReason(await responses.lookUp(question))).toBe('hit');
  });

  it('refuses to keep what is no JSON object', async () => {
    await expect(responses.store({ ...wanted, answer: '{"cut' })).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(responses.store({ ...wanted, answer: 'null' })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('deletes an entry by its id, once', async () => {
    const { entryId } = storedEntry(await responses.store(wanted));
    expect(await responses.delete({ ...scope, tenant: 'other', entryId })).toBe(false);
    expect(await responses.delete({ ...scope, entryId })).toBe(true);
    expect(await responses.delete({ ...scope, entryId })).toBe(false);
    expect(missReason(await responses.lookUp(question))).toBe('absent');
  });

  it('leaves a newer answer alone when the entry that it replaced is deleted', async () => {
    const old = storedEntry(await responses.store(wanted));
    await responses.store(wanted);
    expect(await responses.delete({ ...scope, entryId: old.entryId })).toBe(false);
    expect(missReason(await responses.lookUp(question))).toBe('hit');
  });

  it('goes on after FLUSHALL, with a miss', async () => {
    await responses.store(wanted);
    await client.flushall();
    expect(missReason(await responses.lookUp(question))).toBe('absent');
    await responses.store(wanted);
    expect(missReason(await responses.lookUp(question))).toBe('hit');
  });

  it('costs one GET and one script for a hit', async () => {
    await responses.store(wanted);
    await responses.lookUp(question);
    const key = await keyOf();
    // No look-up waits for its own counting.
    const day = cacheKeys(keyPrefix).statistics('acme', 'default', new Date().toISOString().slice(0, 10));
    const hits = async () =>
      Object.entries(await client.hgetall(day)).find(([name]) => name.includes('hitsExact'))?.[1];
    const counted = (count: number) => until(`${count} hits counted`, async () => (await hits()) === String(count));
    await counted(1);
    const watch = await watchCommands(client);
    for (let count = 0; count < 20; count += 1) await responses.lookUp(question);
    await counted(21);
    const commands = (await watch.end()).filter(({ source }) => source !== 'lua').map(({ args }) => args);
    // What goes on in the background: reads of the generation, uses for the bound on entries, the connections' own PING.
    const isBackground = (args: readonly string[]) =>
      /^(ping|info|echo|hgetall)$/i.test(args[0]!) || /:(generation|recent):/.test(args.join());
    const own = commands.filter((args) => !isBackground(args));
    expect(own.filter(([name, first]) => name?.toLowerCase() === 'get' && first === key)).toHaveLength(20);
    expect(own.filter(([name]) => name?.toLowerCase() === 'evalsha')).toHaveLength(20);
    expect(own).toHaveLength(40);
  });
});

describe('a flush', () => {
  it('hides every entry at once, from this replica', async () => {
    await responses.store(wanted);
    const before = await replica.get(GenerationService).current(scope);
    const after = await responses.flush(scope);
    expect(Number(after)).toBeGreaterThan(Number(before));
    expect(missReason(await responses.lookUp(question))).toBe('absent');
  });

  it('reaches the other replicas within a second', async () => {
    const other = await startCacheReplica({ urls: urls(), keyPrefix });
    await responses.store(wanted);
    expect(missReason(await other.get(ResponseCacheService).lookUp(question))).toBe('hit');
    await responses.flush(scope);
    await pause(1_000);
    expect(missReason(await other.get(ResponseCacheService).lookUp(question))).toBe('absent');
    await other.close();
  });

  it('is not undone by a store whose look-up came before it', async () => {
    const miss = await responses.lookUp(question);
    const generation = miss.hit ? '' : miss.generation;
    await responses.flush(scope);
    await responses.store({ ...wanted, generation });
    expect(missReason(await responses.lookUp(question))).toBe('absent');
  });

  it('moves on even when called twice in one millisecond', async () => {
    const generations = await Promise.all(Array.from({ length: 20 }, () => responses.flush(scope)));
    expect(new Set(generations).size).toBe(20);
  });

  it('is not forgotten with its Redis key: old answers stay hidden', async () => {
    const key = cacheKeys(keyPrefix).generation(scope.tenant, scope.cacheId);
    await responses.store(wanted);
    await client.del(key);
    const other = await startCacheReplica({ urls: urls(), keyPrefix });
    expect(missReason(await other.get(ResponseCacheService).lookUp(question))).toBe('absent');
    await other.close();
  });

  it('is restored by a replica that saw it when a failover has lost it', async () => {
    const key = cacheKeys(keyPrefix).generation(scope.tenant, scope.cacheId);
    await responses.store(wanted);
    const old = (await client.get(key))!;
    const flushed = await responses.flush(scope);
    await client.set(key, old);
    await pause(1_000);
    expect(missReason(await responses.lookUp(question))).toBe('absent');
    expect(await client.get(key)).toBe(flushed);
  });

  it.each(['garbage', '-1', 'inf', '1e3'])('heals a generation that reads "%s"', async (text) => {
    const key = cacheKeys(keyPrefix).generation(scope.tenant, scope.cacheId);
    await client.set(key, text);
    await responses.store(wanted);
    expect(missReason(await responses.lookUp(question))).toBe('hit');
    expect(await client.get(key)).toMatch(/^\d{13}$/);
  });

  it('heals a generation of the wrong type', async () => {
    await client.hset(cacheKeys(keyPrefix).generation(scope.tenant, scope.cacheId), { a: 1 });
    await responses.store(wanted);
    expect(missReason(await responses.lookUp(question))).toBe('hit');
  });
});
