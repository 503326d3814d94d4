export interface SourceDocument {
  readonly id: string;
  readonly text: string;
}

export interface Chunk {
  readonly id: string;
  /** Number of the chunk within its document. */
  readonly chunk: number;
  readonly text: string;
}

export interface ChunkSize {
  /** Characters of a chunk at most. */
  readonly size: number;
  /** Characters that a chunk repeats of the one before it; less than half the size. */
  readonly overlap: number;
}

/** Parts a document where it pauses: at the last paragraph, sentence, line or word that fits. */
export function chunksOf({ id, text }: SourceDocument, { size, overlap }: ChunkSize): Chunk[] {
  const chunks: Chunk[] = [];
  for (let from = 0; from < text.length;) {
    const to = text.length - from <= size ? text.length : from + pauseBefore(text.slice(from, from + size));
    const piece = text.slice(from, to).trim();
    if (piece !== '') chunks.push({ id, chunk: chunks.length, text: piece });
    if (to === text.length) break;
    from = wholeFrom(text, Math.max(from + 1, to - overlap));
  }
  return chunks;
}

/** Where to part, in the second half of a piece; its end where it never pauses (not inside a surrogate pair). */
function pauseBefore(piece: string): number {
  for (const pause of ['\n\n', '. ', '\n', ' ']) {
    const at = piece.lastIndexOf(pause);
    if (at >= piece.length / 2) return at + pause.length;
  }
  return /[\ud800-\udbff]$/.test(piece) ? piece.length - 1 : piece.length;
}

/** The same place, or one on where that is inside a surrogate pair. */
function wholeFrom(text: string, at: number): number {
  return /^[\udc00-\udfff]/.test(text.charAt(at)) ? at + 1 : at;
}
