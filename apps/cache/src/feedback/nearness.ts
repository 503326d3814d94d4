import { similarity } from '#embedding';
import { essenceOf } from '../semantic/guards/analysis.js';
import type { TextVectors } from '../semantic/text-vectors.js';
import type { Nearness } from './feedback.repository.js';

/** Milliseconds that feedback waits for a vector: the pair is forbidden without it too. */
const embedMs = 1_000;

/** How near two prompts are, as a look-up finds it; nothing when the embedder is away or late. */
export async function nearness(vectors: TextVectors, one: string, other: string): Promise<Nearness | undefined> {
  const [a, b] = await Promise.all([one, other].map((text) => vectors.within(embedMs, essenceOf(text))));
  if (!(a instanceof Float32Array) || !(b instanceof Float32Array)) return undefined;
  return { embedder: vectors.embedderId, similarity: similarity(a, b) };
}
