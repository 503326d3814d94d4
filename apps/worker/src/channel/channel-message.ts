/** Where a channel is: names are unique within a tenant. */
export interface ChannelScope {
  readonly tenant: string;
  readonly channel: string;
}

/** What a publisher says. */
export interface NewMessage {
  /** Any JSON value. */
  readonly data: unknown;
  /** The name of the SSE event; `message` unless told. */
  readonly type?: string;
  /** Who says it, by its own account. */
  readonly from?: string;
  /** The request that this answers. */
  readonly inReplyTo?: string;
  /** Until when somebody waits for an answer: ISO 8601, UTC. */
  readonly replyBefore?: string;
}

export interface ChannelMessage extends NewMessage {
  /** The stream's id, `<milliseconds>-<number>`: later messages have higher ones. */
  readonly id: string;
  /** Key that published it. */
  readonly keyId: string;
}

/** Before every message. */
export const beginning = '0-0';

export const messageIdPattern = /^\d{1,16}-\d{1,16}$/;

/** Negative when `a` is the earlier one. */
export function compareIds(a: string, b: string): number {
  const [aMs, aNumber] = a.split('-') as [string, string];
  const [bMs, bNumber] = b.split('-') as [string, string];
  return Number(aMs) - Number(bMs) || Number(aNumber) - Number(bNumber);
}

/** When it was published: ISO 8601, UTC. */
export function publishedAt({ id }: { readonly id: string }): string {
  return new Date(Number(id.split('-', 1)[0])).toISOString();
}
