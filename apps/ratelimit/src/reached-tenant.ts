import { ServiceError } from '#contracts';
import type { Principal } from '#service';

/**
 * The tenant that a request is about: its key's own; an administrator may name any.
 * @throws ServiceError forbidden for another tenant's name on an ordinary key
 */
export function reachedTenant(principal: Principal, named: string | undefined): string {
  if (named === undefined || named === principal.tenant || isAdministrator(principal)) {
    return named ?? principal.tenant;
  }
  throw new ServiceError('forbidden', 'Only an administrator may name another tenant', { param: 'tenant' });
}

export function isAdministrator({ roles }: Principal): boolean {
  return roles.includes('admin');
}

/** Whose reservations a key reaches: its own. Nothing for an administrator, who reaches all. */
export function reachedKey(principal: Principal): string | undefined {
  return isAdministrator(principal) ? undefined : principal.keyId;
}
