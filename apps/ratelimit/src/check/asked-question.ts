import type { LimitQuestion } from '#contracts';
import type { Principal } from '#service';
import { reachedTenant } from '../reached-tenant.js';
import type { QuestionBody } from './check.dto.js';

/** A key that is pinned to a user speaks of that user only. */
export function questionOf(principal: Principal, { tenant, policy, subject = {} }: QuestionBody): LimitQuestion {
  const pinned = principal.roles.includes('admin') ? undefined : principal.userId;
  return {
    tenant: reachedTenant(principal, tenant),
    subject: { ...subject, ...(pinned !== undefined && { user: pinned }) },
    ...(policy !== undefined && policy !== null && { policy }),
  };
}
