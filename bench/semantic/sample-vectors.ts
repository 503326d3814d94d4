import { exactSearch, MetricKind } from 'usearch';

/** Latent factors behind the vectors of a sentence model: far fewer than its dimensions. */
const factors = 48;
const entriesPerTopic = 20;

/**
 * Unit vectors as questions have them: gathered around topics, with few degrees of freedom. Uniformly random ones would
 * all be equally far from each other, which no index can sort and no cache meets.
 */
export class SampleVectors {
  private state = 0x2545f491;
  private readonly loadings: Float32Array;
  private readonly topics: Float32Array;

  constructor(
    readonly dimension: number,
    entries: number,
  ) {
    this.loadings = Float32Array.from({ length: factors * dimension }, () => this.gaussian());
    const topicCount = Math.max(1, Math.floor(entries / entriesPerTopic));
    this.topics = Float32Array.from({ length: topicCount * factors }, () => this.gaussian());
  }

  /** A question on one of the topics. */
  next(): Float32Array {
    const topic = Math.floor(this.uniform() * (this.topics.length / factors)) * factors;
    const vector = new Float32Array(this.dimension);
    for (let factor = 0; factor < factors; factor++) {
      const weight = this.topics[topic + factor]! + 0.5 * this.gaussian();
      const row = factor * this.dimension;
      for (let i = 0; i < this.dimension; i++) vector[i] = vector[i]! + weight * this.loadings[row + i]!;
    }
    return toUnit(vector);
  }

  /** The same question in other words: a cosine of about 0.93. */
  paraphrase(vector: Float32Array): Float32Array {
    const noise = 0.4 / Math.sqrt(this.dimension);
    return toUnit(vector.map((value) => value + noise * this.gaussian()));
  }

  /** A whole number below `end`. */
  below(end: number): number {
    return Math.floor(this.uniform() * end);
  }

  private uniform(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) / 2 ** 32;
  }

  /** Near enough to normal: the sum of four uniform ones. */
  private gaussian(): number {
    return (this.uniform() + this.uniform() + this.uniform() + this.uniform() - 2) * Math.sqrt(3);
  }
}

function toUnit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / length);
}

/** The place of the nearest of all vectors (one after the other in `all`), compared one by one: the truth. */
export function nearest(all: Float32Array, query: Float32Array): number {
  const found = exactSearch(all, query, query.length, 1, MetricKind.Cos, 1);
  return Number(found.keys[0]);
}
