import { ServiceError } from '#contracts';
import type { Principal } from '#service';
import type { HeaderValues } from './control-headers.js';

/**
 * Who asks, for answers that have a partition for each user. A key that is pinned to a user outranks what the request says;
 * Larder's own header `x-larder-user` outranks the body's `user`.
 * @throws ServiceError invalid_request naming the header or member: 1 to 512 printable characters
 */
export function askingUser(
  principal: Pick<Principal, 'userId'>,
  headers: HeaderValues,
  body: Readonly<Record<string, unknown>>,
): string | undefined {
  if (principal.userId !== undefined) return principal.userId;
  return checked('x-larder-user', headers['x-larder-user']) ?? checked('user', body['user'] || undefined);
}

function checked(param: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^\P{Cc}{1,512}$/u.test(value)) return value;
  throw new ServiceError('invalid_request', `Invalid '${param}': expected 1 to 512 printable characters.`, { param });
}
