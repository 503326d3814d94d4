import { cosine, keepBest, type Candidate } from './flat-vectors.js';

const pieceRows = 1_024;

/** The vectors of all small partitions, in a few arrays: an array each would cost more than what is in it. */
export class VectorSlab {
  private readonly pieces: Int8Array[] = [];
  private readonly free: number[] = [];
  private used = 0;

  constructor(private readonly dimension: number) {}

  /** Answers its place, which stays until it is taken out. */
  add(vector: Int8Array): number {
    const place = this.free.pop() ?? this.used++;
    if (Math.floor(place / pieceRows) === this.pieces.length) {
      this.pieces.push(new Int8Array(pieceRows * this.dimension));
    }
    this.at(place).set(vector);
    return place;
  }

  /** Once all are out, the memory goes too. */
  remove(place: number): void {
    this.free.push(place);
    if (this.free.length === this.used) {
      this.pieces.length = this.free.length = this.used = 0;
    }
  }

  /** Valid until the next change. */
  at(place: number): Int8Array {
    const start = (place % pieceRows) * this.dimension;
    return this.pieces[Math.floor(place / pieceRows)]!.subarray(start, start + this.dimension);
  }

  /** The nearest of these keys, nearest first. */
  search(
    query: Int8Array,
    limit: number,
    keys: readonly number[],
    placeOf: (key: number) => number,
    accepts: (key: number) => boolean,
  ): Candidate[] {
    const best: Candidate[] = [];
    for (const key of keys) {
      const place = placeOf(key);
      const start = (place % pieceRows) * this.dimension;
      const similarity = cosine(query, this.pieces[Math.floor(place / pieceRows)]!, start);
      if (accepts(key)) {
        keepBest(best, { key, similarity }, limit);
      }
    }
    return best;
  }
}
