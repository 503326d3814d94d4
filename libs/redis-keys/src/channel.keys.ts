import { part } from './key-part.js';

/** Keys of agent channels, one slot a channel. Role `state`. */
export interface ChannelKeys {
  /** The messages of a channel; stream, expires. */
  log(tenant: string, channel: string): string;
  /** What was set for a channel; hash, stays until it is removed. */
  settings(tenant: string, channel: string): string;
  /** Who is present, by the time at which that ends; zset, expires. */
  presence(tenant: string, channel: string): string;
  /** What those present say of themselves; hash, expires. Same life as `presence`. */
  members(tenant: string, channel: string): string;
  /** Pub/sub channel on which every process hears of news; it keeps nothing. */
  bell(): string;
}

export function channelKeys(prefix: string): ChannelKeys {
  const root = part('prefix', prefix);
  const scope = (tenant: string, channel: string) =>
    `${root}:channel:{${part('tenant', tenant)}:${part('channel', channel)}}`;
  return {
    log: (tenant, channel) => `${scope(tenant, channel)}:log`,
    settings: (tenant, channel) => `${scope(tenant, channel)}:settings`,
    presence: (tenant, channel) => `${scope(tenant, channel)}:presence`,
    members: (tenant, channel) => `${scope(tenant, channel)}:members`,
    bell: () => `${root}:channel-bell`,
  };
}
