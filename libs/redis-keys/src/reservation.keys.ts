import { part } from './key-part.js';

/** Keys of reservations and of what their estimates learn from. Role `state`. */
export interface ReservationKeys {
  /** One reservation with all that was charged for it; hash, expires. The slot of the tenant's limits. */
  reservation(tenant: string, id: string): string;
  /** The ids of a tenant's outstanding reservations by their deadline; zset, expires. The slot of the tenant's limits. */
  outstanding(tenant: string): string;
  /** The tenants that may have outstanding reservations, by the time until which; zset, expires. */
  reservingTenants(): string;
  /** How many answers of one model were how long; hash, expires. One slot a tenant. */
  outputLengths(tenant: string, modelSha256: string): string;
  /** The models whose answers were counted, by the last time; zset, expires. One slot a tenant. */
  countedModels(tenant: string): string;
}

export function reservationKeys(prefix: string): ReservationKeys {
  const root = part('prefix', prefix);
  const slot = (tenant: string) => `{${part('tenant', tenant)}}`;
  return {
    reservation: (tenant, id) => `${root}:reservation:${slot(tenant)}:${part('id', id)}`,
    outstanding: (tenant) => `${root}:reservations:${slot(tenant)}`,
    reservingTenants: () => `${root}:reserving-tenants`,
    outputLengths: (tenant, modelSha256) =>
      `${root}:output-lengths:${slot(tenant)}:${part('modelSha256', modelSha256)}`,
    countedModels: (tenant) => `${root}:counted-models:${slot(tenant)}`,
  };
}
