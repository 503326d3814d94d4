import { ServiceError } from '#contracts';
import type { Principal } from '#service';

/**
 * The tenant that a request is about: its key's own; an administrator may name any.
 * @throws ServiceError forbidden for another tenant's name on an ordinary key
 */
export function reachedTenant(principal: Principal, named: string | undefined): string {
  if (named === undefined || named === principal.tenant || principal.roles.includes('admin')) {
    return named ?? principal.tenant;
  }
  throw new ServiceError('forbidden', 'Only an administrator may name another tenant', { param: 'tenant' });
}
