import { part } from './key-part.js';

/** Keys that every service reads: who may call, and what was configured at run time. Role `state`. */
export interface ServiceKeys {
  /** One API key, without its secret; hash. */
  apiKey(keyId: string): string;
  /** The ids of all API keys; zset. */
  apiKeyIndex(): string;
  /** One tenant; hash. */
  tenant(tenant: string): string;
  /** The ids of all tenants; zset. */
  tenantIndex(): string;
  /** One setting that all services agree on. */
  config(name: string): string;
}

export function serviceKeys(prefix: string): ServiceKeys {
  const root = part('prefix', prefix);
  return {
    apiKey: (keyId) => `${root}:key:${part('keyId', keyId)}`,
    apiKeyIndex: () => `${root}:keys:index`,
    tenant: (tenant) => `${root}:tenant:${part('tenant', tenant)}`,
    tenantIndex: () => `${root}:tenants:index`,
    config: (name) => `${root}:config:${part('name', name)}`,
  };
}
