import { describe, expect, it } from '@jest/globals';
import { EmbeddingError, type Embedder } from '#embedding';
import { TextVectors } from './text-vectors.js';

const vector = Float32Array.of(1, 0);

function embedderOf(embed: Embedder['embed']): Embedder {
  return { id: 'test', dimension: 2, defaultThreshold: 0.8, maxCharacters: 100, embed };
}

const never = () => new Promise<never>(() => undefined);
const failing = (fault: 'unavailable' | 'timeout' | 'too-long') => () =>
  Promise.reject(new EmbeddingError(fault, 'no vector'));

describe('vectors of texts', () => {
  it('are made once for a text that comes again', async () => {
    let calls = 0;
    const texts = new TextVectors(embedderOf(async () => ((calls += 1), [vector])));
    expect(await texts.within(1_000, 'a')).toBe(vector);
    expect(await texts.embed('a', AbortSignal.timeout(1_000))).toBe(vector);
    expect(calls).toBe(1);
  });

  it.each([
    ['embedder-late', never],
    ['embedder-late', failing('timeout')],
    ['embedder-unavailable', failing('unavailable')],
    ['embedder-unavailable', async () => []],
    ['too-long', failing('too-long')],
  ] as const)('are missed as %s', async (reason, embed) => {
    expect(await new TextVectors(embedderOf(embed)).within(embed === never ? 20 : 5_000, 'a')).toBe(reason);
  });

  it('are not asked for where a text is longer than the embedder reads', async () => {
    expect(await new TextVectors(embedderOf(never)).within(20, 'x'.repeat(101))).toBe('too-long');
  });

  it('tell the embedder when nobody waits any more', async () => {
    let signal: AbortSignal | undefined;
    const embed: Embedder['embed'] = (_, options) => ((signal = options?.signal), never());
    await new TextVectors(embedderOf(embed)).within(20, 'a');
    expect(signal?.aborted).toBe(true);
  });

  it('are not waited for after faults in a row, until the embedder has had a rest', async () => {
    let [nowMs, calls] = [0, 0];
    let embed = failing('unavailable') as Embedder['embed'];
    const counted: Embedder['embed'] = (texts) => ((calls += 1), embed(texts));
    const texts = new TextVectors(embedderOf(counted), { now: () => nowMs });
    for (let ask = 0; ask < 8; ask += 1) expect(await texts.within(10_000, `a${ask}`)).toBe('embedder-unavailable');
    expect(calls).toBe(5);
    expect(await texts.embed('stored', AbortSignal.timeout(1_000)).catch(() => 'failed')).toBe('failed');
    embed = async () => [vector];
    nowMs = 5_000;
    expect(await texts.within(5_000, 'b')).toBe(vector);
    expect(await texts.within(5_000, 'c')).toBe(vector);
  });
});
