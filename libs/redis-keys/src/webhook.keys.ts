import { part } from './key-part.js';

/** Keys of webhooks. Role `state`. */
export interface WebhookKeys {
  /** A tenant's endpoints by their ids, with their secrets; hash, stays until they are removed. */
  endpoints(tenant: string): string;
}

export function webhookKeys(prefix: string): WebhookKeys {
  const root = part('prefix', prefix);
  return { endpoints: (tenant) => `${root}:webhooks:${part('tenant', tenant)}` };
}
