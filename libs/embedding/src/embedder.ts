/** Turns text into vectors of unit length, whose scalar product is the similarity of two texts. */
export interface Embedder {
  /** Stable name of the vector space: vectors of another id must never be compared with these. Fit for a Redis key. */
  readonly id: string;
  readonly dimension: number;
  /** The similarity (0–1, bigger is nearer) from which two texts ask the same, where nobody has tuned it. */
  readonly defaultThreshold: number;
  /** Longer texts are refused, not cut: two texts that differ only behind a cut would be the same one. */
  readonly maxCharacters: number;
  /**
   * One vector a text, in order.
   * @throws EmbeddingError, or the signal's reason when it was aborted
   */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array[]>;
  /** Releases connections and threads. */
  close?(): Promise<void>;
}

export interface EmbedOptions {
  readonly signal?: AbortSignal;
  /** Told how many characters vectors were really made of, by an embedder that remembers the others. */
  readonly onMade?: (characters: number) => void;
}
