import { createHash } from 'node:crypto';
import type { Attributes } from './attributes.js';

/**
 * SHA-256 of a prompt without regard to case, with all of its attributes: a missing one is a value of its own, never a wildcard.
 * The first element keeps these keys apart from those of chat requests.
 */
export function promptKey(prompt: string, attributes: Attributes): string {
  const sorted = Object.entries(attributes).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(['larder prompt entry', prompt.toLowerCase(), sorted]))
    .digest('hex');
}
