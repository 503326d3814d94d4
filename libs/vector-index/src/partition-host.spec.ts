import { afterEach, describe, expect, it } from '@jest/globals';
import { PartitionHost } from './partition-host.js';
import { cosine, quantize } from './vector-bytes.js';

const dimension = 24;
let seed = 7;
const uniform = () => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
  return seed / 0x7fff_ffff - 0.5;
};
const random = () => Float32Array.from({ length: dimension }, uniform);

class Fixture {
  readonly host = new PartitionHost(dimension);
  readonly held = new Map<string, { vector: Int8Array; boundary: string; labels: string[] }>();

  async put(id: string, vector: Float32Array, boundary = 'a', labels: string[] = []): Promise<void> {
    const vectors = quantize(vector);
    this.held.set(id, { vector: vectors, boundary, labels });
    await this.host.put({ ids: [id], boundaries: [boundary], labels: [labels], vectors });
  }
  async fill(count: number): Promise<void> {
    const ids = Array.from({ length: count }, (_, i) => `d${i}`);
    const labels = ids.map((_, i) => [i % 100 === 0 ? 'rare' : 'usual']);
    const vectors = new Int8Array(count * dimension);
    ids.forEach((id, i) => {
      const vector = quantize(random());
      vectors.set(vector, i * dimension);
      this.held.set(id, { vector, boundary: 'a', labels: labels[i]! });
    });
    await this.host.put({ ids, boundaries: ids.map(() => 'a'), labels, vectors });
  }
  async drop(id: string): Promise<void> {
    this.held.delete(id);
    await this.host.drop([id]);
  }
  search(
    vector: Float32Array,
    over: { boundary?: string; limit?: number; threshold?: number; labels?: string[] } = {},
  ) {
    const query = { boundary: 'a', limit: 5, threshold: -1, labels: [], vector: quantize(vector), ...over };
    return this.host.search(query).then((found) => found.map(({ id }) => id));
  }
  /** What comparing with everything finds. */
  nearest(vector: Float32Array, labels: string[] = []): string | undefined {
    const query = Float32Array.from(quantize(vector));
    let best: { id?: string; similarity: number } = { similarity: -1 };
    for (const [id, held] of this.held) {
      const similarity = cosine(Float32Array.from(held.vector), query);
      if (
        similarity > best.similarity &&
        held.boundary === 'a' &&
        labels.every((label) => held.labels.includes(label))
      ) {
        best = { id, similarity };
      }
    }
    return best.id;
  }
  async merged(): Promise<void> {
    while ((await this.host.counts()).behind > 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const many = 3_000;
const queries = 50;
/** Building graphs takes its time on a busy machine. */
const patienceMs = 60_000;
const opened: Fixture[] = [];
const filled = async () => {
  const fixture = new Fixture();
  opened.push(fixture);
  await fixture.fill(many);
  return fixture;
};
afterEach(() => Promise.all(opened.splice(0).map(({ host }) => host.close())));

describe('vectors in memory', () => {
  it(
    'find the same nearest as comparing with all, before, while and after they are merged',
    async () => {
      const fixture = await filled();
      const recall = async () => {
        let found = 0;
        for (let i = 0; i < queries; i++) {
          const query = random();
          found += Number((await fixture.search(query)).includes(fixture.nearest(query)!));
        }
        return found / queries;
      };
      expect((await fixture.host.counts()).behind).toBeGreaterThan(0);
      expect(await recall()).toBeGreaterThanOrEqual(0.98);
      await fixture.merged();
      expect(await recall()).toBeGreaterThanOrEqual(0.98);
    },
    patienceMs,
  );

  it(
    'find what carries a rare label among very many that do not',
    async () => {
      const fixture = await filled();
      await fixture.merged();
      for (let i = 0; i < 20; i++) {
        const query = random();
        expect(await fixture.search(query, { labels: ['rare'] })).toContain(fixture.nearest(query, ['rare']));
      }
    },
    patienceMs,
  );

  it(
    'never give what was dropped or moved, under thousands of changes in any order',
    async () => {
      const fixture = await filled();
      for (let i = 0; i < many; i++) {
        const id = `d${Math.floor((uniform() + 0.5) * many)}`;
        await (uniform() > 0 ? fixture.drop(id) : fixture.put(id, random(), uniform() > 0.3 ? 'b' : 'a'));
      }
      await fixture.merged();
      let found = 0;
      for (let i = 0; i < queries; i++) {
        const query = random();
        const ids = await fixture.search(query);
        expect(ids.every((id) => fixture.held.get(id)?.boundary === 'a')).toBe(true);
        found += Number(ids.includes(fixture.nearest(query)!));
      }
      expect(found / queries).toBeGreaterThanOrEqual(0.98);
      expect((await fixture.host.counts()).entries).toBe(fixture.held.size);
    },
    patienceMs,
  );

  it(
    'hold nothing after everything was dropped',
    async () => {
      const fixture = await filled();
      await fixture.merged();
      await fixture.host.drop([...fixture.held.keys()]);
      expect(await fixture.host.counts()).toEqual({ entries: 0, partitions: 0, behind: 0 });
      expect(await fixture.search(random())).toEqual([]);
      await fixture.put('new', random());
      expect(await fixture.search(random())).toEqual(['new']);
    },
    patienceMs,
  );

  it('keep to the threshold', async () => {
    const fixture = new Fixture();
    const vector = random();
    await fixture.put('same', vector);
    await fixture.put(
      'opposite',
      vector.map((value) => -value),
    );
    expect(await fixture.search(vector, { threshold: 0.5 })).toEqual(['same']);
  });

  it('tell which ids they do not hold, and go through all of them bit by bit', async () => {
    const fixture = new Fixture();
    for (let i = 0; i < 25; i++) {
      await fixture.put(`d${i}`, random(), `b${i}`);
    }
    await fixture.drop('d3');
    expect(await fixture.host.unknown(['d2', 'd3', 'x'])).toEqual(['d3', 'x']);
    const seen: string[] = [];
    for (let from = 0, rounds = 0; rounds < 3; rounds++) {
      const { ids, next } = await fixture.host.sample(from, 10);
      seen.push(...ids);
      from = next;
    }
    expect(seen.sort()).toEqual([...fixture.held.keys()].sort());
  });
});
