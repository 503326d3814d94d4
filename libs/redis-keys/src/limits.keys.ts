import { part } from './key-part.js';

/** Keys of what limits have counted. Role `state`: losing them would admit everything once more. */
export interface LimitKeys {
  /** One counter, named by a hash; string or zset by its algorithm, expires. All of a tenant lie in one slot. */
  counter(tenant: string, policy: string, limit: string, place: string): string;
  /** One counter of a limit that tenants share; as above. All of them lie in one slot. */
  globalCounter(policy: string, limit: string, place: string): string;
}

export function limitKeys(prefix: string): LimitKeys {
  const root = part('prefix', prefix);
  const own = (policy: string, limit: string, place: string) =>
    `${part('policy', policy)}:${part('limit', limit)}:${part('place', place)}`;
  return {
    counter: (tenant, policy, limit, place) => `${root}:limit:{${part('tenant', tenant)}}:${own(policy, limit, place)}`,
    globalCounter: (policy, limit, place) => `${root}:limit:{global}:${own(policy, limit, place)}`,
  };
}
