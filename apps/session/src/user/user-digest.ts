import { createHash } from 'node:crypto';

/** Stands for a user in keys: ids come from outside systems, and may be addresses of people. */
export function userDigest(userId: string): string {
  return createHash('sha256').update(userId).digest('hex');
}
