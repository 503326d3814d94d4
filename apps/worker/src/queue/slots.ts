/** How many jobs may still be begun in this process; the shards of a queue share them. */
export class Slots {
  private waiters: (() => void)[] = [];

  constructor(private free: number) {}

  get available(): number {
    return this.free;
  }

  /** Takes as many as there are, at most so many. */
  reserve(most: number): number {
    const granted = Math.min(this.free, most);
    this.free -= granted;
    return granted;
  }

  release(count: number): void {
    this.free += count;
    if (this.free > 0) this.wake();
  }

  untilFree(): Promise<void> {
    if (this.free > 0) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  /** Lets everybody go on, free or not: at the end nobody waits for a slot. */
  wake(): void {
    const woken = this.waiters;
    this.waiters = [];
    woken.forEach((wake) => wake());
  }
}
