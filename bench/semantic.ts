import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Redis } from 'ioredis';
import { redisUrl } from './measuring/child.js';
import { longestTurn } from './measuring/turns.js';
import { atLeast, atMost, reported, type Result } from './measuring/result.js';
import { entryOf } from './semantic/entries.js';
import { lookUp, lookUpUnderWrites } from './semantic/look-ups.js';
import { measureMemory } from './semantic/memory.js';
import { openIndex, settled, type IndexSettings, type OpenIndex } from './semantic/open-index.js';
import { measurePlainRedis, type PlainRedis } from './semantic/plain-redis.js';
import { SampleVectors } from './semantic/sample-vectors.js';

const dimension = 384;
const sizes = [1_000, 10_000, 100_000] as const;
const lookUps = 400;
const batch = 100;
/** Batches that are written at the same time: callers do not wait for each other. */
const writers = 4;
const writesPerSecond = 200;
const underWritesMs = 5_000;

/**
 * Look-ups by meaning without embedding, per engine. The peer of a look-up's p50 is comparing with every vector, one by
 * one, by the vector instructions of the same library in the same process; that of p99, inserts and pauses is the bare
 * client doing the same to the same Redis.
 */
export async function run(): Promise<Result[]> {
  const results = await runEngine({ url: redisUrl(), engine: 'embedded', name: 'answers', dimension });
  const searchUrl = process.env['REDIS_SEARCH_URL'];
  if (searchUrl === undefined) {
    process.stderr.write('NOT RUN: the search module. REDIS_SEARCH_URL names no server with it.\n');
  } else {
    await flush(searchUrl);
    results.push(...(await runEngine({ url: searchUrl, engine: 'redisearch', name: 'answers', dimension })));
    await flush(searchUrl);
  }
  await flush(redisUrl());
  return [...results, ...(await measureMemory())];
}

async function flush(url: string): Promise<void> {
  const redis = new Redis(url);
  await redis.flushall();
  redis.disconnect();
}

async function runEngine(settings: IndexSettings): Promise<Result[]> {
  const { engine } = settings;
  const largest = sizes[sizes.length - 1]!;
  const vectors = new SampleVectors(dimension, largest);
  const all = new Float32Array(largest * dimension);
  for (let i = 0; i < largest; i++) all.set(vectors.next(), i * dimension);
  const opened = await openIndex(settings);
  const results: Result[] = [];
  const p50s: { ours: number; peer: number }[] = [];
  let filled = 0;
  let inserts: Inserted = { perSecond: NaN, longestPauseMs: NaN };
  for (const size of sizes) {
    const inserted = await fill(opened, all, filled, size);
    filled = size;
    await settled(opened.index);
    const { p50, p99, recall, exactP50 } = await lookUp(
      opened.index,
      vectors,
      all.subarray(0, size * dimension),
      lookUps,
    );
    p50s.push({ ours: p50, peer: exactP50 });
    const name = `${engine}, ${size} entries`;
    results.push(
      reported({ name: `${name}: look-up p50`, unit: 'ms', ours: p50, peer: exactP50 }),
      reported({ name: `${name}: look-up p99`, unit: 'ms', ours: p99 }),
      atLeast(0.98, { name: `${name}: recall@1`, unit: 'of exact', ours: recall }),
    );
    if (size === largest) inserts = inserted;
  }
  results.push(growth(engine, p50s));
  results.push(...(await whileWriting(opened, { settings, vectors, all, inserts })));
  await opened.close();
  results.push(...(await restart(settings)));
  return results;
}

interface Written {
  readonly settings: IndexSettings;
  readonly vectors: SampleVectors;
  readonly all: Float32Array;
  readonly inserts: Inserted;
}

async function whileWriting(opened: OpenIndex, { settings, vectors, all, inserts }: Written): Promise<Result[]> {
  const { engine, url } = settings;
  const sample = Array.from({ length: 100 }, (_, i) => all.slice(i * dimension, (i + 1) * dimension));
  const plain = await measurePlainRedis(url, sample, { entries: 10_000, writers });
  // Written once more, since watching every turn costs time of its own.
  const turnMs = await longestTurn(fill(opened, all, 0, 10_000));
  const turn = { name: `${engine}: most processor time of one turn while inserting`, unit: 'ms', ours: turnMs };
  const lookedUp = await underWrites(opened, vectors, engine, plain);
  return [...insertResults(engine, inserts, plain), reported(turn), ...lookedUp];
}

interface Inserted {
  readonly perSecond: number;
  /** The longest that the event loop stood still, in milliseconds. */
  readonly longestPauseMs: number;
}

async function fill({ index }: OpenIndex, all: Float32Array, from: number, to: number): Promise<Inserted> {
  let next = from;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const began = performance.now();
  const write = async () => {
    while (next < to) {
      const places = Array.from({ length: Math.min(batch, to - next) }, (_, i) => next + i);
      next += places.length;
      await index.upsert(
        places.map((place) => entryOf(place, all.subarray(place * dimension, (place + 1) * dimension))),
      );
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  const seconds = (performance.now() - began) / 1_000;
  delay.disable();
  return { perSecond: (to - from) / seconds, longestPauseMs: delay.max / 1e6 };
}

function insertResults(engine: string, { perSecond, longestPauseMs }: Inserted, plain: PlainRedis): Result[] {
  const rate = { name: `${engine}: insert`, unit: '1/s', ours: perSecond, peer: plain.insertsPerSecond };
  const pause = {
    name: `${engine}: longest pause of the event loop while inserting`,
    unit: 'ms',
    ours: longestPauseMs,
    peer: plain.longestPauseMs,
  };
  return engine === 'embedded' ? [atLeast(3_000, rate), atMost(20, pause)] : [reported(rate), reported(pause)];
}

/** How much dearer a look-up is among ten times the entries; comparing with all is ten times as dear. */
function growth(engine: string, p50s: readonly { ours: number; peer: number }[]): Result {
  const [, before, after] = p50s;
  return atMost(5, {
    name: `${engine}: p50 at 100 000 ÷ p50 at 10 000`,
    unit: 'times',
    ours: after!.ours / before!.ours,
    peer: after!.peer / before!.peer,
  });
}

async function underWrites(
  { index }: OpenIndex,
  vectors: SampleVectors,
  engine: string,
  plain: PlainRedis,
): Promise<Result[]> {
  // Steady writing is meant, not what ten thousand at once have left to be merged.
  await settled(index);
  const from = sizes[sizes.length - 1]!;
  const measured = await lookUpUnderWrites(index, vectors, {
    from,
    perSecond: writesPerSecond,
    forMs: underWritesMs,
  });
  const name = `${engine}, 100000 entries and ${writesPerSecond} more a second: look-up`;
  const p50 = { name: `${name} p50`, unit: 'ms', ours: measured.p50 };
  const p99 = { name: `${name} p99`, unit: 'ms', ours: measured.p99, peer: plain.readP99 };
  return engine === 'embedded' ? [atMost(1, p50), atMost(5, p99)] : [reported(p50), reported(p99)];
}

async function restart(settings: IndexSettings): Promise<Result[]> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const again = await openIndex(settings);
  delay.disable();
  await again.close();
  const ready = {
    name: `${settings.engine}: restart with 100 000 entries to ready`,
    unit: 's',
    ours: again.readyMs / 1e3,
  };
  const pause = {
    name: `${settings.engine}: longest pause of the event loop while loading`,
    unit: 'ms',
    ours: delay.max / 1e6,
  };
  return [atMost(5, ready), reported(pause)];
}
