import { Injectable } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { Metrics } from '#service';
import { beginning, compareIds, type ChannelMessage, type ChannelScope, type NewMessage } from './channel-message.js';
import type { ChannelFeed } from './channel-feed.js';
import { ChannelHub } from './channel-hub.service.js';
import { ChannelRepository, type Publisher } from './channel.repository.js';
import { defaultSettings, type ChannelSettings, type WantedSettings } from './channel-settings.js';
import { PresenceService, type Presence } from './presence.service.js';

const batchSize = 100;
const maxMessageBytes = 256 * 1_024;
/** A silent stream says something so often, so that proxies and clients know it alive. Milliseconds. */
const heartbeatMs = 15_000;

export interface Subscription {
  /** Id of the last message that the reader had; absent: only what comes from now on. */
  readonly after?: string;
  /** Who is present for as long as the subscription lasts. */
  readonly presence?: Presence;
  readonly signal: AbortSignal;
}

/** What a follower gets: messages in their order, each once. */
export type ChannelEvent =
  /** From now on nothing is missed. */
  | { readonly kind: 'open' }
  | { readonly kind: 'message'; readonly message: ChannelMessage }
  /** What the reader had last is no longer kept: messages behind it may be lost to it. */
  | { readonly kind: 'gap'; readonly after: string }
  | { readonly kind: 'heartbeat' };

/** Publishing, reading and asking on the channels of agents. */
@Injectable()
export class ChannelService {
  private readonly published;

  constructor(
    private readonly repository: ChannelRepository,
    private readonly hub: ChannelHub,
    private readonly presence: PresenceService,
    metrics: Metrics,
  ) {
    this.published = metrics.counter('larder_channel_messages_total', 'Messages published on channels.');
  }

  /** @throws ServiceError payload_too_large; forbidden when the channel names other publishers. */
  async publish(scope: ChannelScope, message: NewMessage, publisher: Publisher): Promise<string> {
    if (Buffer.byteLength(JSON.stringify(message.data)) > maxMessageBytes) {
      throw new ServiceError('payload_too_large', `A message may have ${maxMessageBytes} bytes of data.`, {
        param: 'data',
      });
    }
    const id = await this.repository.publish(scope, message, publisher);
    if (id === undefined) throw new ServiceError('forbidden', 'This key may not publish on the channel.');
    this.published.inc();
    return id;
  }

  /** @throws ServiceError forbidden when the channel names other subscribers. */
  async assertMayRead(scope: ChannelScope, { keyId, isAdmin }: Publisher): Promise<void> {
    const { subscribers } = await this.repository.settings(scope);
    if (isAdmin || !subscribers || subscribers.includes(keyId)) return;
    throw new ServiceError('forbidden', 'This key may not read the channel.');
  }

  /** @throws ServiceError forbidden for who may neither read nor publish. */
  async assertMember(scope: ChannelScope, { keyId, isAdmin }: Publisher): Promise<void> {
    const { subscribers, publishers } = await this.repository.settings(scope);
    const isNamed = !subscribers || !publishers || [...subscribers, ...publishers].includes(keyId);
    if (!isAdmin && !isNamed) throw new ServiceError('forbidden', 'This key may not be on the channel.');
  }

  /** Follows a channel from the reader's last message on, at the reader's pace, until the signal or a shutdown. */
  async *follow(scope: ChannelScope, subscription: Subscription): AsyncGenerator<ChannelEvent> {
    const end = new AbortController();
    const abort = () => end.abort();
    const sources = [subscription.signal, this.hub.closing];
    for (const source of sources) {
      if (source.aborted) abort();
      source.addEventListener('abort', abort);
    }
    const own = { ...subscription, signal: end.signal };
    const stopHolding = subscription.presence && (await this.presence.hold(scope, subscription.presence));
    try {
      yield* this.hub.following(scope, (feed) => this.events(scope, feed, own));
    } finally {
      for (const source of sources) source.removeEventListener('abort', abort);
      await stopHolding?.();
    }
  }

  /**
   * Publishes a request and waits for the first message that answers it.
   * @throws ServiceError deadline_exceeded when nobody has in time; the request stays on the channel.
   */
  async request(
    scope: ChannelScope,
    message: NewMessage,
    publisher: Publisher,
    wait: { ms: number; signal: AbortSignal },
  ) {
    const replyBefore = new Date(Date.now() + wait.ms).toISOString();
    const id = await this.publish(scope, { ...message, replyBefore }, publisher);
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), wait.ms);
    wait.signal.addEventListener('abort', () => end.abort());
    try {
      for await (const event of this.follow(scope, { after: id, signal: end.signal })) {
        if (event.kind === 'message' && event.message.inReplyTo === id) return { id, reply: event.message };
      }
    } finally {
      clearTimeout(timer);
    }
    throw new ServiceError('deadline_exceeded', `Nobody answered ${id} in time.`, { reason: 'no_reply' });
  }

  history(scope: ChannelScope, before: string | undefined, limit: number): Promise<ChannelMessage[]> {
    return this.repository.before(scope, before, limit);
  }

  settings(scope: ChannelScope): Promise<ChannelSettings> {
    return this.repository.settings(scope);
  }

  async setSettings(scope: ChannelScope, wanted: WantedSettings): Promise<ChannelSettings> {
    const settings = { ...wanted, retention: { ...defaultSettings.retention, ...wanted.retention } };
    await this.repository.setSettings(scope, settings);
    return settings;
  }

  remove(scope: ChannelScope): Promise<void> {
    return this.repository.remove(scope);
  }

  private async *events(
    scope: ChannelScope,
    feed: ChannelFeed,
    { after, signal }: Subscription,
  ): AsyncGenerator<ChannelEvent> {
    // An id that nobody has reached is of another life of the channel: the reader goes on from now.
    const isAhead = after !== undefined && compareIds(after, feed.lastId) > 0;
    let position = after === undefined || isAhead ? feed.lastId : after;
    yield { kind: 'open' };
    const isLost = after !== undefined && after !== beginning && !(await this.repository.has(scope, after));
    if (isLost) yield { kind: 'gap', after };
    while (!signal.aborted) {
      const batch = feed.after(position) ?? (await this.repository.after(scope, position, batchSize));
      for (const message of batch) {
        if (signal.aborted) return;
        yield { kind: 'message', message };
      }
      const isBehind = batch.length === 0 && feed.after(position) === undefined;
      position = batch.at(-1)?.id ?? (isBehind ? feed.lastId : position);
      if (batch.length > 0) continue;
      await feed.untilAfter(position, heartbeatMs, signal);
      if (feed.lastId === position && !signal.aborted) yield { kind: 'heartbeat' };
    }
  }
}
