import type { Principal } from '#service';
import type { Publisher } from './channel.repository.js';

/** A principal as far as channels ask. */
export function publisherOf({ keyId, roles }: Principal): Publisher {
  return { keyId, isAdmin: roles.includes('admin') };
}
