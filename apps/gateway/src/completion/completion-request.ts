import { createHash } from 'node:crypto';
import { ServiceError } from '#contracts';
import type { Principal } from '#service';
import type { SessionControls } from '../conversation/session-controls.js';
import type { CacheControls } from './cache-controls.js';
import { canonicalJson, InexactNumberError } from './canonical-json.js';
import type { Dialect, RequestBody } from './dialect.js';
import type { Outcome } from './outcome.js';

/** One question to a model as it was asked, over HTTP or the bus: checked, and free of transport. */
export interface CompletionRequest {
  readonly dialect: Dialect;
  readonly principal: Pick<Principal, 'tenant' | 'keyId' | 'upstreamAuthorization' | 'upstreamAccount'>;
  readonly body: RequestBody;
  /** The body's bytes as they came; absent over the bus. */
  readonly raw?: Buffer;
  readonly controls: CacheControls;
  readonly stream: boolean;
  /** Who asks, where that is known. */
  readonly userId?: string;
  readonly idempotencyKey?: string;
  readonly traceparent?: string;
  /** The session that the question belongs to, if one was named. */
  readonly session?: SessionControls;
  /** Hears of a streamed answer before the client does; present where the body holds a session's history. */
  readonly witness?: StreamWitness;
  /** `signal` is aborted when the client has gone. */
  readonly client: { readonly signal: AbortSignal };
}

/** Who must know of a stream's end before the client is told that its answer is whole. */
export interface StreamWitness {
  /** The first event is there; `textSoFar` tells what the model has written until then. */
  begun(textSoFar: () => string): void;
  /**
   * Upstream has ended; undefined when it broke off. Never rejects.
   * @returns what is to be said to the client in place of a proper end, if anything
   */
  ended(outcome: Outcome | undefined): Promise<string | undefined>;
}

/** SHA-256 (hex) that tells two requests apart: canonical where that is possible, else over the bytes. */
export function bodyFingerprint(request: CompletionRequest): string {
  return createHash('sha256').update(identityOf(request)).update(distinctForm(request)).digest('hex');
}

/** The same words in another conversation, cache or locale are another question. */
function identityOf({ dialect, session, controls }: CompletionRequest): string {
  return JSON.stringify([dialect.name, session?.sessionId, controls.cacheId, controls.boundaries]);
}

function distinctForm(request: CompletionRequest): string | Buffer {
  try {
    return canonicalJson(request.body);
  } catch (fault) {
    if (fault instanceof InexactNumberError) return request.raw ?? JSON.stringify(request.body);
    throw fault;
  }
}

/**
 * Reads the `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header): 1 to 255 printable ASCII characters.
 * @throws ServiceError invalid_request
 */
export function readIdempotencyKey(value: string | readonly string[] | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(value)) {
    throw new ServiceError('invalid_request', "Invalid 'idempotency-key': expected 1 to 255 printable characters.", {
      param: 'idempotency-key',
    });
  }
  return value;
}
