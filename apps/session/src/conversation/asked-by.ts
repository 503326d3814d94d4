import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { identifierPattern, ServiceError } from '#contracts';
import { sessionAsker, type LarderRequest, type Principal } from '#service';
import type { Asker } from './asker.js';

/** Whose sessions, and on whose behalf. */
export interface AskedBy {
  readonly tenant: string;
  readonly asker: Asker;
}

/** Of a session's API: the tenant of the key (an administrator's may name another), the user of the key, header or query. */
export const Asked = createParamDecorator((_: unknown, context: ExecutionContext): AskedBy => {
  const request = context.switchToHttp().getRequest<LarderRequest>();
  if (!request.principal) throw new ServiceError('unauthenticated', 'An API key is needed');
  return askedBy(request.principal, request);
});

function askedBy(principal: Principal, { headers, query }: Pick<LarderRequest, 'headers' | 'query'>): AskedBy {
  const asked = (query ?? {}) as Record<string, unknown>;
  const named = one('x-larder-user', headers['x-larder-user']);
  const inQuery = one('userId', asked['userId']);
  if (named !== undefined && inQuery !== undefined && named !== inQuery) {
    throw new ServiceError('invalid_request', 'userId and x-larder-user name different users', { param: 'userId' });
  }
  return {
    tenant: tenantOf(principal, one('tenant', asked['tenant'])),
    asker: sessionAsker(principal, named ?? inQuery),
  };
}

function tenantOf({ tenant, roles }: Principal, wanted: string | undefined): string {
  if (wanted === undefined || wanted === tenant) return tenant;
  if (!roles.includes('admin')) throw new ServiceError('forbidden', 'Only an administrator may name another tenant');
  if (identifierPattern.test(wanted)) return wanted;
  throw new ServiceError('invalid_request', 'tenant must be the name of a tenant', { param: 'tenant' });
}

function one(param: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new ServiceError('invalid_request', `${param} must be given once`, { param });
}
