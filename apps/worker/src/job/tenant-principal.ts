import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ServiceError } from '#contracts';
import type { Principal } from '#service';

/** Of paths that concern a whole tenant: who asks, where that is no key that is pinned to a user. */
export const TenantPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<{ principal?: Principal }>();
  if (!principal) throw new ServiceError('unauthenticated', 'An API key is needed');
  if (principal.userId === undefined) return principal;
  throw new ServiceError('forbidden', 'A key that is pinned to a user may not do this for its tenant');
});

/** Whose things are meant. @throws ServiceError forbidden where an ordinary key names another tenant */
export function tenantOf({ roles, tenant }: Principal, query: { readonly tenant?: string }): string {
  if (query.tenant === undefined || query.tenant === tenant) return tenant;
  if (!roles.includes('admin')) throw new ServiceError('forbidden', 'Only an admin key may name another tenant');
  return query.tenant;
}
