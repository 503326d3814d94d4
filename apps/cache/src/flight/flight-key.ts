import { createHash } from 'node:crypto';
import type { FlightMember } from '#contracts';

/** Everything that separates one answer from another; a flush starts other flights. */
export type FlightAddress = Pick<FlightMember, 'tenant' | 'cacheId' | 'generation' | 'exactKey'>;

/** SHA-256 over the whole exact address: two tenants never share a flight. No part can hold the separator. */
export function flightKey({ tenant, cacheId, generation, exactKey }: FlightAddress): string {
  return createHash('sha256').update(`${tenant}:${cacheId}:${generation}:${exactKey}`).digest('hex');
}
