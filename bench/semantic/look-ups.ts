import { setTimeout as sleep } from 'node:timers/promises';
import type { VectorIndex } from '../../libs/vector-index/index.js';
import { quantile } from '../measuring/quantile.js';
import { entryOf, idOf, questionOf } from './entries.js';
import { nearest, type SampleVectors } from './sample-vectors.js';

export interface LookUps {
  readonly p50: number;
  readonly p99: number;
  /** Share of questions whose nearest entry of all was found. */
  readonly recall: number;
  /** Milliseconds in the middle to compare one question with all entries, in this thread. */
  readonly exactP50: number;
}

const warmUps = 200;

/** One look-up after the other: half of the questions are entries in other words, half are new ones. */
export async function lookUp(
  index: VectorIndex,
  vectors: SampleVectors,
  all: Float32Array,
  count: number,
): Promise<LookUps> {
  const size = all.length / vectors.dimension;
  const questions = Array.from({ length: count }, (_, i) => {
    const place = vectors.below(size) * vectors.dimension;
    return i % 2 === 0 ? vectors.next() : vectors.paraphrase(all.slice(place, place + vectors.dimension));
  });
  for (let i = 0; i < warmUps; i++) await index.search(questionOf(questions[i % count]!));
  const times: number[] = [];
  const found: (string | undefined)[] = [];
  for (const vector of questions) {
    const began = performance.now();
    const [match] = await index.search(questionOf(vector));
    times.push(performance.now() - began);
    found.push(match?.id);
  }
  const exactTimes: number[] = [];
  let right = 0;
  for (const [i, vector] of questions.entries()) {
    const began = performance.now();
    right += Number(found[i] === idOf(nearest(all, vector)));
    exactTimes.push(performance.now() - began);
    if (i % 10 === 0) await sleep(0);
  }
  return {
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    recall: right / count,
    exactP50: quantile(exactTimes, 0.5),
  };
}

/** Look-ups for some seconds while entries are added at a steady rate; times in milliseconds. */
export async function lookUpUnderWrites(
  index: VectorIndex,
  vectors: SampleVectors,
  { from, perSecond, forMs }: { from: number; perSecond: number; forMs: number },
): Promise<{ p50: number; p99: number; inserted: number }> {
  const entries = Array.from({ length: Math.ceil((perSecond * forMs) / 1_000) }, (_, i) =>
    entryOf(from + i, vectors.next()),
  );
  const questions = Array.from({ length: 500 }, () => questionOf(vectors.next()));
  const began = performance.now();
  let inserted = 0;
  const writing = (async () => {
    while (inserted < entries.length && performance.now() - began < forMs) {
      const due = Math.min(entries.length, Math.ceil(((performance.now() - began) * perSecond) / 1_000));
      await index.upsert(entries.slice(inserted, due));
      inserted = due;
      await sleep(5);
    }
  })();
  const times: number[] = [];
  for (let i = 0; performance.now() - began < forMs; i++) {
    const start = performance.now();
    await index.search(questions[i % questions.length]!);
    times.push(performance.now() - start);
  }
  await writing;
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), inserted };
}
