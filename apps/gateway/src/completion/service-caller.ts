import type { CallerOfService } from '#contracts';
import type { RpcContext } from '#redis-streams';
import { askingUser } from './asking-user.js';
import type { CompletionRequest } from './completion-request.js';

interface ServiceRequest {
  readonly tenant: string;
  readonly body: Record<string, unknown>;
  readonly options?: Readonly<Record<string, string>>;
  readonly caller?: CallerOfService;
}

/** For whom a request over the bus counts. Replicas of a service that names no key are one writer, and repeat each other's calls. */
export function serviceCaller(
  { tenant, body, options = {}, caller = {} }: ServiceRequest,
  context: RpcContext,
): Pick<CompletionRequest, 'principal' | 'userId'> {
  const pinned = caller.reach === 'own' && caller.userId !== undefined ? { userId: caller.userId } : {};
  const userId = askingUser(pinned, options, body) ?? caller.userId;
  return {
    principal: { tenant, keyId: caller.keyId ?? context.caller.split('/', 1)[0]! },
    ...(userId !== undefined && { userId }),
  };
}
