import type { Embedder } from './embedder.js';
import { EmbedderRefusedError } from './embedding-error.js';
import { similarity } from './unit-vector.js';

/** Pairs that differ in spelling only. */
const alike: readonly (readonly [string, string])[] = [
  ['What is the capital of France?', 'what is the capital of france'],
  ['How do I reset my password?', 'How do I reset my password, please?'],
  ['Explain how photosynthesis works in plants', 'explain how photosynthesis works in plants.'],
];
/** Nothing in here has to do with anything else in here. */
const unrelated: readonly string[] = [
  'What is the capital of France?',
  'How do I reset my password?',
  'Explain how photosynthesis works in plants',
  'Write a haiku about autumn rain',
  'My invoice shows the wrong amount',
];
/** How much nearer the alike must be than the unrelated. */
const leastGap = 0.05;
/** Batches, threads and half precision make small differences; a server that answers at random makes large ones. */
const leastRepeat = 0.98;

/**
 * Embeds a few fixed sentences and refuses an embedder that would answer every question with one answer: one for which
 * unrelated sentences come out near, alike ones apart, or the same one elsewhere the second time.
 * @throws EmbedderRefusedError
 */
export async function selfTest(embedder: Embedder, signal?: AbortSignal): Promise<void> {
  const alone = await embedder.embed(unrelated, { signal });
  const again = await embedder.embed(unrelated.toReversed(), { signal });
  const pairs = await embedder.embed(alike.flat(), { signal });
  checkShape(embedder, [...alone, ...again, ...pairs]);
  const repeat = Math.min(...alone.map((vector, i) => similarity(vector, again[again.length - 1 - i]!)));
  if (repeat < leastRepeat) {
    throw refused(embedder, `the same text has another vector the second time (similarity ${repeat.toFixed(3)})`);
  }
  const far = Math.max(...alone.flatMap((a, i) => alone.slice(i + 1).map((b) => similarity(a, b))));
  if (far >= embedder.defaultThreshold) {
    throw refused(embedder, `unrelated sentences come out near (similarity ${far.toFixed(3)})`);
  }
  const near = Math.min(...alike.map((_, i) => similarity(pairs[2 * i]!, pairs[2 * i + 1]!)));
  if (near - far < leastGap) {
    throw refused(
      embedder,
      `alike sentences (${near.toFixed(3)}) are hardly nearer than unrelated ones (${far.toFixed(3)})`,
    );
  }
}

function checkShape(embedder: Embedder, vectors: readonly Float32Array[]): void {
  for (const vector of vectors) {
    const length = Math.hypot(...vector);
    if (vector.length !== embedder.dimension || !(Math.abs(length - 1) < 0.01)) {
      throw refused(embedder, 'its vectors have not the length or dimension that it promises');
    }
  }
}

function refused(embedder: Embedder, why: string): EmbedderRefusedError {
  return new EmbedderRefusedError(`Embedder ${embedder.id} is unfit: ${why}`);
}
