import { exactSearch, MetricKind } from 'usearch';

export interface Candidate {
  readonly key: number;
  readonly similarity: number;
}

/** Rows of a piece. A partition that grows or shrinks gains and loses pieces; none but its first is ever copied. */
const pieceRows = 1_024;
/** From here on the binding's vector instructions are worth the way to it; it knows no filter. */
const nativeFrom = 64;

/** Vectors of 8 bits in a few arrays, compared one by one. */
export class FlatVectors {
  /** All but the last are full, all but the first have room for `pieceRows`. */
  private readonly pieces: Int8Array[] = [];
  private readonly keys: number[] = [];

  constructor(private readonly dimension: number) {}

  get size(): number {
    return this.keys.length;
  }

  /** Answers the place, which changes when another vector is removed. */
  push(key: number, vector: Int8Array): number {
    const place = this.keys.length;
    this.makeRoom(place);
    this.pieces[pieceOf(place)]!.set(vector, this.offsetOf(place));
    this.keys.push(key);
    return place;
  }

  /** Puts the last vector in the place of the removed one; answers that vector's key, if there was another. */
  removeAt(place: number): number | undefined {
    const last = this.keys.length - 1;
    const key = this.keys.pop()!;
    if (place !== last) {
      this.pieces[pieceOf(place)]!.set(this.rowAt(last), this.offsetOf(place));
      this.keys[place] = key;
    }
    this.giveBackRoom();
    return place === last ? undefined : key;
  }

  /** Takes some of the newest out, at most those of the last piece; their vectors are valid until the next change. */
  takeLast(most: number): { keys: number[]; vectors: Int8Array } {
    const piece = this.pieces.length - 1;
    const from = Math.max(piece * pieceRows, this.keys.length - most);
    const start = this.offsetOf(from);
    const vectors = this.pieces[piece]!.subarray(start, start + (this.keys.length - from) * this.dimension);
    const keys = this.keys.splice(from);
    this.giveBackRoom();
    return { keys, vectors };
  }

  /** The nearest that are accepted, nearest first; all are, where nothing is said. */
  search(query: Int8Array, limit: number, accepts?: (key: number) => boolean): Candidate[] {
    return !accepts && this.size >= nativeFrom
      ? this.searchNatively(query, limit)
      : this.compareAll(query, limit, accepts ?? (() => true));
  }

  private searchNatively(query: Int8Array, limit: number): Candidate[] {
    // The binding reads both arrays from the start of their buffers.
    const own = query.slice();
    const found = this.pieces.flatMap((piece, i) => {
      const first = i * pieceRows;
      const rows = Math.min(pieceRows, this.size - first);
      const held = piece.subarray(0, rows * this.dimension);
      const { keys, distances } = exactSearch(held, own, this.dimension, Math.min(limit, rows), MetricKind.Cos, 1);
      return Array.from(keys, (row, n) => ({
        key: this.keys[first + Number(row)]!,
        similarity: 1 - distances[n]!,
      }));
    });
    return found.sort((a, b) => b.similarity - a.similarity).slice(0, limit);
  }

  private compareAll(query: Int8Array, limit: number, accepts: (key: number) => boolean): Candidate[] {
    const best: Candidate[] = [];
    let worst = -Infinity;
    for (let place = 0; place < this.size; place++) {
      const key = this.keys[place]!;
      const similarity = cosine(query, this.pieces[pieceOf(place)]!, this.offsetOf(place));
      if (similarity > worst && accepts(key)) {
        keepBest(best, { key, similarity }, limit);
        worst = best.length < limit ? -Infinity : best[best.length - 1]!.similarity;
      }
    }
    return best;
  }

  private rowAt(place: number): Int8Array {
    const start = this.offsetOf(place);
    return this.pieces[pieceOf(place)]!.subarray(start, start + this.dimension);
  }

  private offsetOf(place: number): number {
    return (place % pieceRows) * this.dimension;
  }

  private makeRoom(place: number): void {
    const piece = this.pieces[pieceOf(place)];
    if (!piece) {
      this.pieces.push(new Int8Array((place === 0 ? 1 : pieceRows) * this.dimension));
    } else if (this.offsetOf(place) === piece.length) {
      this.resizeFirst(place * 2);
    }
  }

  private giveBackRoom(): void {
    const { size } = this;
    if (this.pieces.length > 1 && size <= (this.pieces.length - 1) * pieceRows) {
      this.pieces.pop();
    } else if (this.pieces.length === 1 && size > 0 && size * this.dimension * 4 < this.pieces[0]!.length) {
      this.resizeFirst(size * 2);
    }
  }

  private resizeFirst(rows: number): void {
    const wider = new Int8Array(Math.min(rows, pieceRows) * this.dimension);
    wider.set(this.pieces[0]!.subarray(0, Math.min(this.size, pieceRows) * this.dimension));
    this.pieces[0] = wider;
  }
}

function pieceOf(place: number): number {
  return Math.floor(place / pieceRows);
}

/** Cosine of a vector and the one that begins there. */
export function cosine(query: Int8Array, piece: Int8Array, start: number): number {
  let [dot, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < query.length; i++) {
    const a = query[i]!;
    const b = piece[start + i]!;
    dot = (dot + a * b) | 0;
    squareA = (squareA + a * a) | 0;
    squareB = (squareB + b * b) | 0;
  }
  return dot / Math.sqrt(squareA * squareB);
}

/** Puts a candidate in its place among the best so far, nearest first. */
export function keepBest(best: Candidate[], candidate: Candidate, limit: number): void {
  let at = best.length;
  while (at > 0 && best[at - 1]!.similarity < candidate.similarity) {
    at -= 1;
  }
  best.splice(at, 0, candidate);
  best.length = Math.min(best.length, limit);
}
