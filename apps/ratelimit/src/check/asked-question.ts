import type { LimitQuestion } from '#contracts';
import type { Principal } from '#service';
import { isAdministrator, reachedTenant } from '../reached-tenant.js';
import type { QuestionBody } from './check.dto.js';

/** A key that is pinned to a user speaks of that user and of itself only. */
export function questionOf(principal: Principal, { tenant, policy, subject = {} }: QuestionBody): LimitQuestion {
  const { keyId, userId } = principal;
  const isPinned = userId !== undefined && !isAdministrator(principal);
  return {
    tenant: reachedTenant(principal, tenant),
    subject: { ...subject, ...(isPinned && { user: userId, key: keyId }) },
    ...(policy !== undefined && policy !== null && { policy }),
  };
}
