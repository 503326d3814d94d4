import { part } from './key-part.js';

/** Keys of the gateway. */
export interface GatewayKeys {
  /** The answer kept for an `Idempotency-Key`, by the SHA-256 of that key; string, expires. Role `state`. */
  idempotency(tenant: string, sha256: string): string;
  /** The SHA-256 of each of a user's idempotency keys, by the time at which it is forgotten; sorted set, expires. Role `state`. */
  idempotencyIndex(tenant: string, userDigest: string): string;
  /** One text's vector as `/v1/embeddings` answered it; string, expires. Role `cache`. */
  embedding(tenant: string, sha256: string): string;
  /** The texts of a tenant's kept vectors by the time at which they expire; sorted set, expires. Role `cache`. */
  embeddingIndex(tenant: string): string;
}

export function gatewayKeys(prefix: string): GatewayKeys {
  const root = part('prefix', prefix);
  return {
    idempotency: (tenant, sha256) => `${root}:idempotency:${part('tenant', tenant)}:${part('sha256', sha256)}`,
    idempotencyIndex: (tenant, userDigest) =>
      `${root}:idempotency-index:${part('tenant', tenant)}:${part('userDigest', userDigest)}`,
    embedding: (tenant, sha256) => `${root}:embedding:${part('tenant', tenant)}:${part('sha256', sha256)}`,
    embeddingIndex: (tenant) => `${root}:embedding-index:${part('tenant', tenant)}`,
  };
}
