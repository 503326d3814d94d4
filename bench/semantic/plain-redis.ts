import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Redis } from 'ioredis';
import { quantile } from '../measuring/quantile.js';
import { entryOf } from './entries.js';

const batch = 100;
const reads = 400;

export interface PlainRedis {
  readonly insertsPerSecond: number;
  /** The longest that the event loop stood still while inserting, in milliseconds. */
  readonly longestPauseMs: number;
  /** Reading one hash with its vector, in milliseconds. */
  readonly readP99: number;
}

/** The same hashes written and read by nothing but ioredis: what the machine allows at this moment. */
export async function measurePlainRedis(
  url: string,
  vectors: readonly Float32Array[],
  { entries, writers }: { entries: number; writers: number },
): Promise<PlainRedis> {
  const redis = new Redis(url);
  const key = (place: number): string => `bench-plain:${place}`;
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < entries) {
      const from = next;
      next += batch;
      const pipeline = redis.pipeline();
      for (let place = from; place < from + batch; place++) {
        const { fields, vector } = entryOf(place, vectors[place % vectors.length]!);
        const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
        pipeline.hset(key(place), { ...fields, vector: bytes }).pexpire(key(place), 86_400_000);
      }
      await pipeline.exec();
    }
  };
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const began = performance.now();
  await Promise.all(Array.from({ length: writers }, write));
  const insertsPerSecond = (entries * 1_000) / (performance.now() - began);
  delay.disable();
  const times: number[] = [];
  for (let i = 0; i < reads; i++) {
    const start = performance.now();
    await redis.hmgetBuffer(key(i), 'vector', 'answer', 'prompt');
    times.push(performance.now() - start);
  }
  redis.disconnect();
  return { insertsPerSecond, longestPauseMs: delay.max / 1e6, readP99: quantile(times, 0.99) };
}
