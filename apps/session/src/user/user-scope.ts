import { ServiceError } from '#contracts';
import type { AskedBy } from '../conversation/asked-by.js';
import type { UserScope } from './user-sessions.repository.js';

/** The user that a path names. For a request on behalf of another user they are not there. @throws ServiceError not_found */
export function userScope({ tenant, asker }: AskedBy, userId: string): UserScope {
  if (asker.userId === undefined || asker.userId === userId) return { tenant, userId };
  throw new ServiceError('not_found', 'There is no such user');
}
