import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { Redis } from 'ioredis';
import type { VectorType } from '../../libs/vector-index/index.js';
import { redisUrl, runChild } from '../measuring/child.js';
import { atMost, reported, type Result } from '../measuring/result.js';
import { entryOf } from './entries.js';
import { openIndex } from './open-index.js';
import { SampleVectors } from './sample-vectors.js';

const dimension = 1_536;
const entries = 5_000;
const batch = 100;
const bounds: Readonly<Record<VectorType, { redis: number; index: number }>> = {
  float32: { redis: 10_500, index: 6_600 },
  int8: { redis: 5_000, index: 2_000 },
};

/** What an entry costs at 1 536 dimensions with an answer of 2 KB: in Redis, and in each replica's memory. */
export async function measureMemory(): Promise<Result[]> {
  const results: Result[] = [];
  for (const type of ['float32', 'int8'] as const) {
    const { plain, deflated } = await redisBytesAnEntry(type);
    const name = `entry of ${dimension} dimensions, ${type}, answer of 2 KB: Redis`;
    // The peer is what nobody can do without: the vector's own bytes and the answer as text.
    const peer = dimension * (type === 'int8' ? 1 : 4) + 2_048;
    results.push(
      atMost(bounds[type].redis, { name: `${name}, deflated`, unit: 'bytes', ours: deflated, peer }),
      reported({ name: `${name}, as text`, unit: 'bytes', ours: plain, peer }),
    );
  }
  const large = await indexBytes({ dimension, entries: 60_000, partitions: 1 });
  // The index holds 8 bits a dimension whatever Redis holds.
  for (const type of ['float32', 'int8'] as const) {
    const name = `entry of ${dimension} dimensions, ${type}: index, each more entry and replica`;
    results.push(atMost(bounds[type].index, { name, unit: 'bytes', ours: large.bytes, peer: dimension * 4 }));
  }
  const many = await indexBytes({ dimension: 384, entries: 100_000, partitions: 50_000 });
  results.push(
    reported({
      name: '100 000 entries in 50 000 partitions, 384 dimensions: index, each more entry',
      unit: 'bytes',
      ours: many.bytes,
      peer: 384,
    }),
    reported({ name: '100 000 entries in 50 000 partitions: search in memory p50', unit: 'ms', ours: many.searchP50 }),
  );
  return results;
}

interface IndexMemory {
  readonly bytes: number;
  readonly searchP50: number;
}

/** Resident memory that the vectors of an index take in a process of their own, by entry. */
function indexBytes(of: { dimension: number; entries: number; partitions: number }): Promise<IndexMemory> {
  return runChild<IndexMemory>('bench/processes/index-holder.js', [JSON.stringify(of)]);
}

interface RedisMemory {
  /** With the answer as text, and deflated. */
  readonly plain: number;
  readonly deflated: number;
}

async function redisBytesAnEntry(type: VectorType): Promise<RedisMemory> {
  const redis = new Redis(redisUrl());
  await redis.flushall();
  const opened = await openIndex({ url: redisUrl(), engine: 'embedded', name: type, dimension, type });
  const before = await usedMemory(redis);
  const vectors = new SampleVectors(dimension, entries);
  for (let from = 0; from < entries; from += batch) {
    const places = Array.from({ length: batch }, (_, i) => from + i);
    await opened.index.upsert(places.map((place) => entryOf(place, vectors.next())));
  }
  await opened.close();
  await storeAnswers(redis, (text) => deflateRawSync(text, { level: 1 }));
  const deflated = ((await usedMemory(redis)) - before) / entries;
  await storeAnswers(redis, (text) => text);
  const plain = ((await usedMemory(redis)) - before) / entries;
  await redis.flushall();
  redis.disconnect();
  return { plain, deflated };
}

/** The other half of an entry: a string with the answer, by its exact key. */
async function storeAnswers(redis: Redis, encode: (text: string) => string | Buffer): Promise<void> {
  for (let from = 0; from < entries; from += batch) {
    const pipeline = redis.pipeline();
    for (let place = from; place < from + batch; place++) {
      const exactKey = createHash('sha256').update(`key ${place}`).digest('hex');
      pipeline.set(`bench-semantic:exact:default:bench:1:${exactKey}`, encode(answer()), 'EX', 86_400);
    }
    await pipeline.exec();
  }
}

const words =
  'the of and a to in is you that it he was for on are as with his they at be this have from or one had by word but not what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could people my than first water been call who oil its now find long down day did get come made may part over new sound take only little work know place year live me back give most very after thing our just name good sentence man think say great where help through much before line right too mean old any same tell boy follow came want show also around form three small set put end does another well large must big even such because turn here why ask went men read need land different home us move try kind hand picture again change off play spell air away animal house point page letter mother answer found study still learn should America world'.split(
    ' ',
  );

/** 2 048 bytes of something like prose. */
function answer(): string {
  let text = '';
  while (text.length < 2_048) text += `${words[Math.floor(Math.random() * words.length)]} `;
  return text.slice(0, 2_048);
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}
