/** How many jobs may still be begun in this process; the shards of a queue share them. */
export class Slots {
  private waiters: (() => void)[] = [];

  constructor(private free: number) {}

  /** Takes as many as there are, at most so many. */
  reserve(most: number): number {
    const granted = Math.max(0, Math.min(this.free, most));
    this.free -= granted;
    return granted;
  }

  /** Takes so many at once: for jobs that came in place of others, which are about to give theirs back. */
  claim(count: number): void {
    this.free -= count;
  }

  release(count: number): void {
    this.free += count;
    if (this.free > 0) this.wake();
  }

  /** Resolves when the turn of the event loop is over in which one became free: many become so together. */
  untilFree(): Promise<void> {
    if (this.free > 0) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push(() => setImmediate(resolve)));
  }

  /** Lets everybody go on, free or not: at the end nobody waits for a slot. */
  wake(): void {
    const woken = this.waiters;
    this.waiters = [];
    woken.forEach((wake) => wake());
  }
}
