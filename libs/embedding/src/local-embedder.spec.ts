import { afterEach, describe, expect, it } from '@jest/globals';
import { LocalEmbedder } from './local-embedder.js';

/** A stand-in for the library: a vector of letter counts, three dimensions; `crash` ends the thread. */
const library = `data:text/javascript,${encodeURIComponent(`
  export const env = {};
  export async function pipeline(task, name, options) {
    if (task !== 'feature-extraction') throw new Error('wrong task');
    if (name === 'broken') throw new Error('no such model');
    const extract = async (texts, { pooling, normalize }) => {
      if (!normalize || pooling !== 'mean') throw new Error('wrong options');
      if (texts.includes('crash')) process.exit(1);
      const rows = texts.flatMap((text) => ['a', 'b', 'c'].map((letter) => 1 + text.split(letter).length));
      return { data: Float32Array.from(rows), dims: [texts.length, 3] };
    };
    const tokenizer = (text) => ({ input_ids: { dims: [1, text.length] } });
    tokenizer.model_max_length = 100;
    return Object.assign(extract, { tokenizer });
  }`)}`;

const opened: LocalEmbedder[] = [];
const load = async (model = 'letters') => {
  const embedder = await LocalEmbedder.load({ kind: 'local', model, library });
  opened.push(embedder);
  return embedder;
};
afterEach(() => Promise.all(opened.splice(0).map((embedder) => embedder.close())));

describe('a local model', () => {
  it('answers unit vectors from its thread, in order', async () => {
    const embedder = await load();
    expect(embedder.dimension).toBe(3);
    const [a, b] = await embedder.embed(['aaa', 'ccc']);
    expect(a![0]).toBeGreaterThan(a![1]!);
    expect(b![2]).toBeGreaterThan(b![1]!);
    expect(Math.hypot(...a!)).toBeCloseTo(1, 5);
  });

  it('refuses a text with more tokens than the model reads', async () => {
    const embedder = await load();
    await expect(embedder.embed(['x'.repeat(101)])).rejects.toMatchObject({ fault: 'too-long' });
  });

  it('fails what was under way when its thread dies, and starts another', async () => {
    const embedder = await load();
    await expect(embedder.embed(['crash'])).rejects.toMatchObject({ fault: 'unavailable' });
    expect(await embedder.embed(['a'])).toHaveLength(1);
  });

  it('tells why a model does not load', async () => {
    await expect(load('broken')).rejects.toThrow(/does not load: no such model/);
  });

  it('says what to install when the library is missing', async () => {
    const missing = LocalEmbedder.load({ kind: 'local', model: 'm', library: 'no-such-library' });
    await expect(missing).rejects.toThrow(/npm install @huggingface\/transformers/);
  });
});
