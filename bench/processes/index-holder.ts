import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PartitionHost } from '../../libs/vector-index/src/partition-host.js';
import { quantile } from '../measuring/quantile.js';
import { SampleVectors } from '../semantic/sample-vectors.js';

/** Holds vectors as the thread of an embedded index does, and prints what each takes of resident memory. */
const { dimension, entries, partitions } = JSON.parse(process.argv[2]!) as Record<string, number>;
const batch = 100;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The memory of dropped arrays goes back some time after their collection. */
async function resident(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect();
    await sleep(100);
  }
  return process.memoryUsage.rss();
}

const vectors = new SampleVectors(dimension!, entries!);
const boundary = (place: number): string => (place % partitions!).toString(16).padStart(32, '0');
const id = (place: number): string => `default:bench:${place.toString(16).padStart(32, '0')}`;
const quantized = (): Int8Array => {
  const vector = vectors.next();
  const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Int8Array.from(vector, (value) => Math.round((value * 127) / largest));
};

/** Made before, since making vectors leaves behind memory that is not the index's; one component tells copies apart. */
const samples = Array.from({ length: 2_000 }, quantized);
const sample = (place: number): Int8Array => {
  const vector = samples[place % samples.length]!;
  vector[place % dimension!] = (place % 255) - 127;
  return vector;
};

const host = new PartitionHost(dimension!);

async function fill(from: number, to: number): Promise<void> {
  for (let start = from; start < to; start += batch) {
    const places = Array.from({ length: batch }, (_, i) => start + i);
    const rows = new Int8Array(batch * dimension!);
    places.forEach((place, i) => rows.set(sample(place), i * dimension!));
    const boundaries = places.map(boundary);
    await host.put({ ids: places.map(id), boundaries, labels: places.map(() => []), vectors: rows });
    while ((await host.counts()).behind > 4_000) await sleep(0);
  }
  while ((await host.counts()).behind > 0) await sleep(1);
}

// What the first entries bring with them once (heap, buffers, tables) is not what each further one costs.
await fill(0, entries! / 2);
const half = await resident();
await fill(entries! / 2, entries!);
const bytes = ((await resident()) - half) / (entries! / 2);
const times: number[] = [];
for (let i = 0; i < 2_000; i++) {
  const vector = quantized();
  const began = performance.now();
  await host.search({ boundary: boundary(i), vector, limit: 9, threshold: 0, labels: [] });
  times.push(performance.now() - began);
}
process.stdout.write(JSON.stringify({ bytes, searchP50: quantile(times, 0.5) }));
await host.close();
