import { hash } from 'node:crypto';
import type { LimitSubject } from '#contracts';
import type { RuleSubject } from '#limits';
import type { Principal } from '#service';

/** Characters of a name in a limit's subject. */
const longestName = 256;

/** Whom a request counts for. */
export interface LimitedCaller {
  readonly principal: Pick<Principal, 'tenant' | 'keyId'>;
  readonly userId?: string;
  /** Absent where the body is not read (pass-through). */
  readonly model?: string;
  readonly traceparent?: string;
}

type ModelRequest = Omit<LimitedCaller, 'model'> & { readonly body: { readonly model: string } };

/** Of a question to a model, or of texts to be embedded. */
export function callerOf({ principal, userId, body, traceparent }: ModelRequest): LimitedCaller {
  return {
    principal,
    model: body.model,
    ...(userId !== undefined && { userId }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

export function ruleSubject({ principal, userId }: LimitedCaller): RuleSubject {
  return { key: principal.keyId, ...(userId !== undefined && { user: userId }) };
}

/** By which counters are found: a name that is longer than those take counts by its hash. */
export function limitSubject(caller: LimitedCaller): LimitSubject {
  const { userId: user, model } = caller;
  return {
    ...ruleSubject(caller),
    ...(user !== undefined && { user: user.length > longestName ? hash('sha256', user) : user }),
    ...(model !== undefined && { model }),
  };
}
