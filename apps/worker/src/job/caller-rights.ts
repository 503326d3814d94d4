import { ServiceError } from '#contracts';
import { sessionAsker, type Principal } from '#service';
import type { SettledKind } from './kind-registry.service.js';

/** On whose behalf a job will act, as it is kept with it. */
export function callerOf(principal: Principal, userId?: string) {
  return { ...sessionAsker(principal, userId), keyId: principal.keyId };
}

/**
 * A job may do no more than its key could do itself. A kind that is not known is refused elsewhere.
 * @throws ServiceError forbidden naming the role
 */
export function assertMayOrder({ roles }: Principal, settled: SettledKind | undefined, payload: object): void {
  const needed = settled?.kind.needs?.(payload) ?? [];
  const missing = roles.includes('admin') ? undefined : needed.find((role) => !roles.includes(role));
  if (missing === undefined) return;
  const message = `The API key does not hold the role ${missing}, which this job needs`;
  throw new ServiceError('forbidden', message, { param: 'kind' });
}
