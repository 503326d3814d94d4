import { ServiceError, type SessionReach } from '#contracts';
import type { Principal } from './principal.js';

export interface SessionAsker {
  readonly userId?: string;
  readonly reach?: SessionReach;
}

/**
 * Whose sessions a request may see. A key that is pinned to a user outranks what the request says.
 * @param named the user that the request names
 * @throws ServiceError invalid_request when that is not 1 to 256 printable characters
 */
export function sessionAsker(principal: Pick<Principal, 'roles' | 'userId'>, named: string | undefined): SessionAsker {
  if (principal.userId !== undefined) return { userId: principal.userId, reach: 'own' };
  if (named === undefined) return principal.roles.includes('admin') ? { reach: 'any' } : {};
  if (/^\P{Cc}{1,256}$/u.test(named)) return { userId: named };
  throw new ServiceError('invalid_request', 'A user id is 1 to 256 printable characters', { param: 'userId' });
}
