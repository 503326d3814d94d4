import { setMaxListeners } from 'node:events';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { Log, Metrics } from '#service';
import { ChannelFeed } from './channel-feed.js';
import type { ChannelScope } from './channel-message.js';
import { ChannelRepository, newsOf } from './channel.repository.js';

/** A bell that was missed (a connection broke, a failover) costs no more than this. Milliseconds. */
const askEveryMs = 1_000;
/** Followers of one process; each is an open response. */
const maxFollowers = 10_000;

interface SharedFeed {
  readonly feed: Promise<ChannelFeed>;
  followers: number;
}

/** The channels that somebody follows in this process: one connection for the bell, one feed a channel. */
@Injectable()
export class ChannelHub implements OnModuleInit, OnModuleDestroy {
  private readonly feeds = new Map<string, SharedFeed>();
  private readonly ending = new AbortController();
  private followers = 0;
  private isAway = false;
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly repository: ChannelRepository,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    metrics.gauge('larder_channel_followers', 'Open streams and waiting requests on channels.', [], (gauge) =>
      gauge.set(this.followers),
    );
  }

  /** Aborted when the process shuts down: whoever follows then comes back to another replica. */
  get closing(): AbortSignal {
    return this.ending.signal;
  }

  onModuleInit(): void {
    setMaxListeners(maxFollowers, this.ending.signal);
    const bell = this.repository.openBell((news) => void this.refresh(this.feeds.get(news)));
    const asking = setInterval(() => void this.refreshAll(), askEveryMs).unref();
    this.stopListening = () => {
      clearInterval(asking);
      this.repository.closeBell(bell);
    };
  }

  onModuleDestroy(): void {
    this.ending.abort();
    this.stopListening();
  }

  /**
   * Runs with the feed of a channel, which is as new as this call.
   * @throws ServiceError unavailable when this process has too many followers, or Redis is away.
   */
  async *following<T>(scope: ChannelScope, use: (feed: ChannelFeed) => AsyncIterable<T>): AsyncGenerator<T> {
    if (this.followers >= maxFollowers) throw new ServiceError('unavailable', 'Too many followers in this process.');
    const shared = this.share(scope);
    try {
      const feed = await shared.feed;
      await feed.pull();
      yield* use(feed);
    } finally {
      this.leave(scope, shared);
    }
  }

  private share(scope: ChannelScope): SharedFeed {
    const name = newsOf(scope);
    const shared = this.feeds.get(name) ?? { feed: this.open(scope), followers: 0 };
    this.feeds.set(name, shared);
    shared.followers += 1;
    this.followers += 1;
    return shared;
  }

  private leave(scope: ChannelScope, shared: SharedFeed): void {
    shared.followers -= 1;
    this.followers -= 1;
    if (shared.followers === 0 && this.feeds.get(newsOf(scope)) === shared) this.feeds.delete(newsOf(scope));
  }

  private async open(scope: ChannelScope): Promise<ChannelFeed> {
    const source = { after: (id: string, limit: number) => this.repository.after(scope, id, limit) };
    return new ChannelFeed(source, await this.repository.lastId(scope));
  }

  private async refreshAll(): Promise<void> {
    await Promise.all([...this.feeds.values()].map((shared) => this.refresh(shared)));
  }

  /** Never rejects: the next bell or the next second asks again. */
  private async refresh(shared: SharedFeed | undefined): Promise<void> {
    try {
      await (await shared?.feed)?.pull();
      this.isAway = false;
    } catch (error) {
      if (!this.isAway) this.log.warn('channels cannot be read', { error });
      this.isAway = true;
    }
  }
}
