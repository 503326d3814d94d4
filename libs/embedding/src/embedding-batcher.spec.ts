import { describe, expect, it } from '@jest/globals';
import type { Embedder } from './embedder.js';
import { EmbeddingBatcher } from './embedding-batcher.js';
import { EmbeddingError } from './embedding-error.js';

/** Answers when told, and remembers what it was asked. */
class SlowEmbedder implements Embedder {
  readonly id = 'slow';
  readonly dimension = 1;
  readonly defaultThreshold = 0.9;
  readonly maxCharacters = 10;
  readonly batches: { texts: readonly string[]; signal?: AbortSignal; answer: () => void }[] = [];

  embed(texts: readonly string[], options: { signal?: AbortSignal } = {}): Promise<Float32Array[]> {
    return new Promise((resolve, reject) => {
      const answer = () =>
        texts.includes('bad')
          ? reject(new EmbeddingError('refused', 'no'))
          : resolve(texts.map((text) => Float32Array.of(Number(text))));
      this.batches.push({ texts, signal: options.signal, answer });
    });
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const settle = async (slow: SlowEmbedder) => {
  for (let done = 0; done < 20; done++) {
    slow.batches.forEach(({ answer }) => answer());
    await turn();
  }
};

describe('batching', () => {
  it('sends calls of the same moment together, and gives each its own vector', async () => {
    const slow = new SlowEmbedder();
    const batcher = new EmbeddingBatcher(slow);
    const calls = ['1', '2', '3'].map((text) => batcher.embed([text]));
    await settle(slow);
    expect((await Promise.all(calls)).map(([vector]) => vector![0])).toEqual([1, 2, 3]);
    expect(slow.batches.map(({ texts }) => texts)).toEqual([['1', '2', '3']]);
  });

  it('gathers what comes while all calls are busy, and bounds batch and number of calls', async () => {
    const slow = new SlowEmbedder();
    const batcher = new EmbeddingBatcher(slow, { concurrency: 1, maxBatch: 2 });
    const first = batcher.embed(['1']);
    await turn();
    const rest = [2, 3, 4, 5].map((n) => batcher.embed([`${n}`]));
    await turn();
    expect(slow.batches).toHaveLength(1);
    await settle(slow);
    await Promise.all([first, ...rest]);
    expect(slow.batches.map(({ texts }) => texts.length)).toEqual([1, 2, 2]);
  });

  it('releases a caller that gives up at once, and the others still get theirs', async () => {
    const slow = new SlowEmbedder();
    const batcher = new EmbeddingBatcher(slow);
    const impatient = new AbortController();
    const lost = batcher.embed(['1'], { signal: impatient.signal });
    const kept = batcher.embed(['2']);
    await turn();
    impatient.abort(new Error('late'));
    await expect(lost).rejects.toThrow('late');
    await settle(slow);
    expect((await kept)[0]![0]).toBe(2);
  });

  it('gives up a call that nobody waits for any more', async () => {
    const slow = new SlowEmbedder();
    const controllers = [new AbortController(), new AbortController()];
    const batcher = new EmbeddingBatcher(slow);
    const calls = controllers.map(({ signal }, i) => batcher.embed([`${i}`], { signal }));
    await turn();
    controllers[0]!.abort();
    expect(slow.batches[0]!.signal!.aborted).toBe(false);
    controllers[1]!.abort();
    expect(slow.batches[0]!.signal!.aborted).toBe(true);
    await Promise.allSettled(calls);
  });

  it('does not let one refused text spoil those that came along', async () => {
    const slow = new SlowEmbedder();
    const batcher = new EmbeddingBatcher(slow);
    const calls = ['1', 'bad', '3'].map((text) => batcher.embed([text]));
    void Promise.allSettled(calls);
    await turn();
    await settle(slow);
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('refuses at once when too much waits', async () => {
    const batcher = new EmbeddingBatcher(new SlowEmbedder(), { maxWaiting: 2 });
    void batcher.embed(['1', '2']).catch(() => undefined);
    await expect(batcher.embed(['3'])).rejects.toMatchObject({ fault: 'overloaded' });
  });
});
