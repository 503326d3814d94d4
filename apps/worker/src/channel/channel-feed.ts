import { compareIds, type ChannelMessage } from './channel-message.js';

const ringSize = 1_000;
const pullSize = 500;

export interface FeedSource {
  /** Messages behind an id, in their order. */
  after(id: string, limit: number): Promise<ChannelMessage[]>;
}

/**
 * The latest messages of one channel in this process, read from Redis once for all who follow it. Readers take from it at
 * their own pace: a slow one falls back on Redis and holds nobody else.
 */
export class ChannelFeed {
  private ring: ChannelMessage[] = [];
  private pulling: Promise<void> | undefined;
  private isStale = false;
  private readonly waiting = new Set<() => void>();

  /** `position`: id of the latest message that is known; the ring begins behind it. */
  constructor(
    private readonly source: FeedSource,
    private position: string,
    private ringFrom = position,
  ) {}

  /** Id of the latest message that is known. */
  get lastId(): string {
    return this.position;
  }

  /** What came after an id; undefined when the ring no longer reaches so far back. */
  after(id: string): readonly ChannelMessage[] | undefined {
    if (compareIds(id, this.ringFrom) < 0) return undefined;
    const first = this.ring.findIndex((message) => compareIds(message.id, id) > 0);
    return first === -1 ? [] : this.ring.slice(first);
  }

  /** Reads what is new; calls meanwhile make it look once more. Rejects when Redis is away: what is new then waits there. */
  pull(): Promise<void> {
    this.isStale = true;
    this.pulling ??= this.pullAll().finally(() => (this.pulling = undefined));
    return this.pulling;
  }

  /** Until there is something behind an id, the time is over, or the signal is aborted. */
  async untilAfter(id: string, waitMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || compareIds(this.position, id) > 0) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, waitMs);
      signal.addEventListener('abort', end);
      this.waiting.add(end);
    });
  }

  private async pullAll(): Promise<void> {
    while (this.isStale) {
      this.isStale = false;
      const news = await this.source.after(this.position, pullSize);
      if (news.length === 0) continue;
      this.keep(news);
      for (const wake of [...this.waiting]) wake();
      if (news.length === pullSize) this.isStale = true;
    }
  }

  private keep(news: readonly ChannelMessage[]): void {
    this.ring.push(...news);
    this.position = news.at(-1)!.id;
    const dropped = this.ring.splice(0, Math.max(0, this.ring.length - ringSize)).at(-1);
    if (dropped) this.ringFrom = dropped.id;
  }
}
