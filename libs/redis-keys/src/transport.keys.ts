import { part } from './key-part.js';

/** Keys of the transport; all are streams. Role `bus`. */
export interface TransportKeys {
  /** Requests to a service; its replicas compete for them. */
  rpc(service: string): string;
  /** Replies to one caller instance, named by 128 random bits. */
  reply(random: string): string;
  /** Facts of one kind, for every group that listens. */
  event(name: string): string;
  /** Facts of one kind that no attempt could handle. */
  deadLetter(name: string): string;
}

export function transportKeys(prefix: string): TransportKeys {
  const root = part('prefix', prefix);
  return {
    rpc: (service) => `${root}:rpc:${part('service', service)}`,
    reply: (random) => `${root}:reply:${part('random', random)}`,
    event: (name) => `${root}:events:${part('name', name)}`,
    deadLetter: (name) => `${root}:events:${part('name', name)}:dead`,
  };
}
