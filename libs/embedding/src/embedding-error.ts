/**
 * `too-long`: the text is beyond what the embedder reads whole. `refused`: the server did not take the request.
 * `timeout`, `unavailable`: perhaps later. `invalid-answer`: what came back is no vector of this embedder.
 */
export type EmbeddingFault = 'too-long' | 'refused' | 'timeout' | 'unavailable' | 'invalid-answer' | 'overloaded';

/** A text that could not be embedded; the message never holds the text. */
export class EmbeddingError extends Error {
  override readonly name = 'EmbeddingError';

  constructor(
    readonly fault: EmbeddingFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An embedder that must not be used; start-up refuses it. */
export class EmbedderRefusedError extends Error {
  override readonly name = 'EmbedderRefusedError';
}
