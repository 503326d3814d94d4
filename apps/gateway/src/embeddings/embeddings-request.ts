import type { Principal } from '#service';
import type { CacheControls } from '../completion/cache-controls.js';
import type { EmbeddingsBody } from './embeddings-body.js';

/** One call of `/v1/embeddings` as it was asked: checked, and free of transport. */
export interface EmbeddingsRequest {
  readonly principal: Pick<Principal, 'tenant' | 'keyId' | 'upstreamAuthorization' | 'upstreamAccount'>;
  readonly body: EmbeddingsBody;
  /** The body's bytes as they came. */
  readonly raw?: Buffer;
  /** The body holds a member that is Larder's own. */
  readonly hasOwnOptions: boolean;
  readonly controls: CacheControls;
  /** Who asks, where that is known. */
  readonly userId?: string;
  /** Of the request's admission by its limits: what it took is given back when they deny the call. */
  readonly receipt?: string;
  readonly traceparent?: string;
  /** `signal` is aborted when the client has gone. */
  readonly client: { readonly signal: AbortSignal };
}
