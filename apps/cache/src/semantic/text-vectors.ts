import { EmbeddingError, type Embedder } from '#embedding';
import { BoundedMemo } from '../bounded-memo.js';
import { before } from '../cache.errors.js';

export type VectorFault = 'too-long' | 'embedder-unavailable' | 'embedder-late';

/** Texts whose vectors are kept at hand: a question that missed is stored a moment later. */
const maxMemo = 256;
/** So many faults in a row, and nobody waits for the embedder for a while. */
const faultsToPause = 5;
const pauseMs = 5_000;

/** Told how many characters a vector was made of, unless it was at hand. */
export type OnMade = (characters: number) => void;

export interface TextVectorsOptions {
  /** Milliseconds, as `performance.now()`. */
  readonly now?: () => number;
}

/** Vectors of texts within a time. An embedder that keeps failing costs look-ups no time until it has had a rest. */
export class TextVectors {
  private readonly memo = new BoundedMemo<string, Float32Array>(maxMemo);
  private readonly now: () => number;
  private faults = 0;
  private pausedUntil = 0;
  private lastFault: VectorFault = 'embedder-unavailable';

  constructor(
    private readonly embedder: Embedder,
    { now = () => performance.now() }: TextVectorsOptions = {},
  ) {
    this.now = now;
  }

  /** Similarities of one embedder mean nothing to another. */
  get embedderId(): string {
    return this.embedder.id;
  }

  /** The similarity from which two texts ask the same, where nobody says otherwise. */
  get defaultThreshold(): number {
    return this.embedder.defaultThreshold;
  }

  /** For a caller in a hurry. */
  async within(timeMs: number, text: string, onMade?: OnMade): Promise<Float32Array | VectorFault> {
    if (text.length > this.embedder.maxCharacters) return 'too-long';
    const known = this.memo.get(text);
    if (known) return known;
    if (this.now() < this.pausedUntil) return this.lastFault;
    const abort = new AbortController();
    const endsAt = performance.now() + timeMs;
    try {
      const vector = await before(endsAt, this.embed(text, abort.signal, onMade));
      this.faults = 0;
      return vector;
    } catch (error) {
      abort.abort();
      if (error instanceof EmbeddingError && error.fault === 'too-long') return 'too-long';
      const isLate = performance.now() >= endsAt || (error instanceof EmbeddingError && error.fault === 'timeout');
      return this.note(isLate ? 'embedder-late' : 'embedder-unavailable');
    }
  }

  /** For work that nobody waits for. @throws EmbeddingError, or the signal's reason */
  async embed(text: string, signal: AbortSignal, onMade?: OnMade): Promise<Float32Array> {
    const known = this.memo.get(text);
    if (known) return known;
    const [vector] = await this.embedder.embed([text], { signal, ...(onMade && { onMade }) });
    if (!vector) throw new EmbeddingError('invalid-answer', 'The embedder answered no vector');
    this.memo.set(text, vector);
    return vector;
  }

  private note(fault: VectorFault): VectorFault {
    this.lastFault = fault;
    this.faults += 1;
    // After the rest one question tries; if that fails too, the others rest on.
    if (this.faults >= faultsToPause) this.pausedUntil = this.now() + pauseMs;
    return fault;
  }
}
