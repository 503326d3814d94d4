import { PassThrough, pipeline, type Readable, type Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { UpstreamError } from './upstream-error.js';

export interface BodyRules {
  /** `content-encoding` of what comes; absent: hand on as it is. */
  readonly encoding?: string;
  /** What the reader is told instead of the transport's own error. */
  readonly faultOf: (thrown: unknown) => unknown;
  /** Called once, when the last byte was read or the body broke off. */
  readonly onEnd: () => void;
}

/** Upstream's bytes for the client: decoded, with faults that are safe to show; destroying it ends the upstream call. */
export function answerBody(source: Readable, { encoding, faultOf, onEnd }: BodyRules): Readable {
  const answer = new PassThrough({
    destroy(error, callback) {
      callback(error ? (faultOf(error) as Error) : null);
    },
  });
  // A body that breaks off before anyone listens must not end the process; a reader still sees the fault.
  answer.on('error', () => undefined);
  const decoder = decoderFor(encoding);
  if (decoder) pipeline(source, decoder, answer, onEnd);
  else pipeline(source, answer, onEnd);
  return answer;
}

/** The whole body as text; fails when it is longer than the bound, in bytes. */
export async function readText(body: Readable, mostBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > mostBytes) throw new UpstreamError('upstream_failed', 'upstream sent an answer that is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Asked for `identity`, some servers compress all the same. */
function decoderFor(encoding: string | undefined): Transform | undefined {
  const flush = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
  switch (encoding?.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip(flush);
    case 'deflate':
      return createInflate(flush);
    case 'br':
      return createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH });
    default:
      return undefined;
  }
}
