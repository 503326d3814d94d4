/** What may be set for one channel. */
export interface ChannelSettings {
  /** What is kept for those who come late: so many messages, none older than so many seconds. */
  readonly retention: { readonly messages: number; readonly seconds: number };
  /** Ids of the keys that may publish; absent: every key with the role. */
  readonly publishers?: readonly string[];
  /** Ids of the keys that may read; absent: every key with the role. */
  readonly subscribers?: readonly string[];
}

/** Settings as they are asked for: what is absent has its default. */
export type WantedSettings = Partial<Omit<ChannelSettings, 'retention'>> & {
  readonly retention?: Partial<ChannelSettings['retention']>;
};

export const defaultSettings: ChannelSettings = { retention: { messages: 1_000, seconds: 3_600 } };
