import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** How the bytes of an answer are written: `deflate` is RFC 1951. */
export type Packing = 'deflate';

interface PackedAnswer {
  readonly bytes: Buffer;
  /** Absent: plain text. */
  readonly packing?: Packing;
}

/** Below this there is little to win. Bytes. */
const leastBytes = 1_024;
/** Above this the event loop would wait for milliseconds; so large an answer is rare, and stays text. Bytes. */
const mostBytes = 256 * 1_024;
/** A hit pays for unpacking: it must save at least a third. */
const worthwhile = 2 / 3;

/** Text of models shrinks to about half, and with it what Redis holds and sends. */
export function packAnswer(answer: string): PackedAnswer {
  const text = Buffer.from(answer);
  if (text.length < leastBytes || text.length > mostBytes) return { bytes: text };
  const bytes = deflateRawSync(text, { level: 1 });
  return bytes.length < text.length * worthwhile ? { bytes, packing: 'deflate' } : { bytes: text };
}

/** @returns undefined when the bytes are not what was packed */
export function unpackAnswer(bytes: Buffer, packing: Packing | undefined): string | undefined {
  if (packing === undefined) return bytes.toString();
  try {
    return inflateRawSync(bytes, { maxOutputLength: mostBytes }).toString();
  } catch {
    return undefined;
  }
}
