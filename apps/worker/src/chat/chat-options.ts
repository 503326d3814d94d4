import { areChatOptions } from '#contracts';
import type { Role } from '#service';

/** Roles that a question with these options needs, as it would over HTTP. */
export function rolesForChat({ options }: { readonly options?: unknown }): readonly Role[] {
  return areChatOptions(options) && 'x-larder-session' in options ? ['chat', 'sessions'] : ['chat'];
}
