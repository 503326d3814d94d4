import { createHash } from 'node:crypto';
import type { LimitDefinition } from '#contracts';

/** Whether a limit is shared by all tenants, and so lies in a slot of its own. */
export function isGlobal({ scope }: LimitDefinition): boolean {
  return scope.includes('global');
}

/**
 * Names a counter in a key: 128 bits of a SHA-256, because the counter's name has values in it that came from outside. Another
 * algorithm counts anew, elsewhere: it could not read what stands there.
 */
export function placeOf({ algorithm }: LimitDefinition, counter: string): string {
  return createHash('sha256').update(`${algorithm} ${counter}`).digest('hex').slice(0, 32);
}
