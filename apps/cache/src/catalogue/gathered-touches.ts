import type { CacheScope } from '#contracts';

export interface ScopeTouches {
  readonly scope: CacheScope;
  readonly order: 'lru' | 'lfu';
  /** How often each entry was served, by its id. */
  readonly counts: Map<string, number>;
}

export interface GatherOptions {
  readonly everyMs: number;
  /** Beyond so many different entries a touch is lost: an entry may then look a moment older than it is. */
  readonly most: number;
  readonly send: (touches: ScopeTouches[]) => Promise<void>;
}

/** Counts what was served, and hands it on now and then: a hit costs no command for it. */
export class GatheredTouches {
  private gathered = new Map<string, ScopeTouches>();
  private size = 0;
  private waiting = false;

  constructor(private readonly options: GatherOptions) {}

  add(scope: CacheScope, entryId: string, order: 'lru' | 'lfu'): void {
    const key = `${scope.tenant}:${scope.cacheId}:${order}`;
    const counts = this.gathered.get(key)?.counts ?? new Map<string, number>();
    const count = counts.get(entryId);
    if (count === undefined && this.size >= this.options.most) return;
    if (count === undefined) this.size += 1;
    counts.set(entryId, (count ?? 0) + 1);
    this.gathered.set(key, { scope: { tenant: scope.tenant, cacheId: scope.cacheId }, order, counts });
    this.wait();
  }

  /** One sending at a time: a slow Redis makes them rarer, not more. */
  private wait(): void {
    if (this.waiting) return;
    this.waiting = true;
    setTimeout(() => void this.send(), this.options.everyMs).unref();
  }

  private async send(): Promise<void> {
    const touches = [...this.gathered.values()];
    this.gathered = new Map();
    this.size = 0;
    await this.options.send(touches).catch(() => undefined);
    this.waiting = false;
    if (this.size > 0) this.wait();
  }
}
