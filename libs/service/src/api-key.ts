import { hash, timingSafeEqual } from 'node:crypto';
import type { Principal, Role } from './principal.js';

/** A key as it is stored: only the SHA-256 of its secret. */
export interface ApiKeyRecord {
  readonly keyId: string;
  readonly tenant: string;
  readonly roles: readonly Role[];
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly name?: string;
  /** Pins the key to one user. */
  readonly userId?: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly revokedAt?: string;
}

const keyPattern = /^lk_([A-Za-z0-9.-]{1,64})_([A-Za-z0-9_-]{16,128})$/;

export interface PresentedKey {
  readonly keyId: string;
  readonly secret: string;
}

/** `lk_<keyId>_<secret>`, or undefined for anything else. */
export function parseApiKey(token: string): PresentedKey | undefined {
  const match = keyPattern.exec(token);
  return match ? { keyId: match[1]!, secret: match[2]! } : undefined;
}

export function formatApiKey({ keyId, secret }: PresentedKey): string {
  return `lk_${keyId}_${secret}`;
}

export function hashSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/** Takes the same time wherever two secrets differ, and whatever their lengths. */
export function sameSecret(presented: string, hash: Buffer): boolean {
  return timingSafeEqual(hashSecret(presented), hash);
}

/** A key in the form that requests need: decoded once, its principal shared. */
export interface ReadyKey {
  readonly hash: Buffer;
  readonly principal: Principal;
  /** Epoch milliseconds; infinite when it never expires. */
  readonly expiresAtMs: number;
  readonly revoked: boolean;
}

export function readyKey(record: ApiKeyRecord): ReadyKey {
  const { tenant, keyId, roles, userId } = record;
  return {
    hash: Buffer.from(record.sha256, 'hex'),
    principal: Object.freeze({ tenant, keyId, roles, ...(userId !== undefined && { userId }) }),
    expiresAtMs: record.expiresAt === undefined ? Infinity : Date.parse(record.expiresAt),
    revoked: record.revokedAt !== undefined,
  };
}
