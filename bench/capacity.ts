import { createHash, randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { capacity, dtypes, type Dtype } from '../apps/cache/src/capacity/capacity.js';
import { redisUrl } from './measuring/child.js';
import { reported, type Result } from './measuring/result.js';

const entries = 4_000;
const batch = 100;
const week = 604_800;
const generation = '1763700000000';

interface Shape {
  readonly dimensions: number;
  readonly dtype: Dtype;
  readonly responseBytes: number;
  readonly metadataBytes: number;
}

const shapes: readonly Shape[] = [384, 1_536].flatMap((dimensions) =>
  (Object.keys(dtypes) as Dtype[]).flatMap((dtype) => [
    { dimensions, dtype, responseBytes: 2_048, metadataBytes: 512 },
    { dimensions, dtype, responseBytes: 800, metadataBytes: 120 },
  ]),
);

/**
 * What entries of several shapes really take in Redis, beside what `GET /v1/capacity` foretells of them (the peer). Written as the
 * cache writes them, with vectors of a dtype of which it may not make any yet; what the embedded index takes `semantic` measures.
 */
export async function run(): Promise<Result[]> {
  const redis = new Redis(redisUrl());
  const results: Result[] = [];
  for (const shape of shapes) {
    await redis.flushall();
    const before = await usedMemory(redis);
    for (let from = 0; from < entries; from += batch) await storeBatch(redis, from, shape);
    const ours = ((await usedMemory(redis)) - before) / entries;
    const peer = capacity({ ...shape, entries: 1, replicas: 1 }).redisBytes;
    const { dimensions, dtype, responseBytes, metadataBytes } = shape;
    const name = `${dimensions} × ${dtype}, answer ${responseBytes} B, question ${metadataBytes} B: Redis an entry`;
    results.push(reported({ name, unit: 'bytes', ours, peer }));
  }
  await redis.flushall();
  redis.disconnect();
  return results;
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}

async function storeBatch(redis: Redis, from: number, shape: Shape): Promise<void> {
  const pipeline = redis.pipeline();
  for (let place = from; place < from + batch; place += 1) {
    const exactKey = createHash('sha256').update(`${place}`).digest('hex');
    const entryId = exactKey.slice(0, 32);
    const name = `larder:entry:default:default:${entryId}`;
    const answer = 'h'.repeat(300) + 'a'.repeat(shape.responseBytes);
    pipeline.set(`larder:exact:default:default:${generation}:${exactKey}`, answer, 'EX', week);
    pipeline.hset(name, {
      answer: `${generation}:${exactKey}`,
      prompt: 'q'.repeat(shape.metadataBytes),
      boundary: entryId,
      vec_00000000: randomBytes(shape.dimensions * dtypes[shape.dtype]),
    });
    pipeline.expire(name, week);
    for (const list of ['uses', 'ends', 'model', 'writer'])
      pipeline.zadd(`larder:${list}`, Date.now() + place, entryId);
  }
  await pipeline.exec();
}
