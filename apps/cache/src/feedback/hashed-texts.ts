import { createHash } from 'node:crypto';

/** 128 bits of SHA-256 of a prompt, whatever its case, its white space and its form of Unicode. */
export function promptHash(prompt: string): string {
  return digest(['larder prompt', prompt.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()]);
}

/** 128 bits of SHA-256 of a user, another in every tenant. */
export function askerHash(tenant: string, userId: string): string {
  return digest(['larder asker', tenant, userId]);
}

function digest(value: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}
