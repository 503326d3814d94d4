/** How many handlers run, of how many that may; readers wait here, so that nothing is read which cannot run. */
export class InFlight {
  private running = 0;
  private waiters: (() => void)[] = [];

  constructor(private readonly capacity: number) {}

  get count(): number {
    return this.running;
  }

  get free(): number {
    return Math.max(this.capacity - this.running, 0);
  }

  enter(): void {
    this.running++;
  }

  leave(): void {
    this.running--;
    if (this.waiters.length === 0) return;
    const waiters = this.waiters;
    this.waiters = [];
    for (const wake of waiters) wake();
  }

  async whenFree(): Promise<void> {
    while (this.free === 0) await this.change();
  }

  /** True when nothing runs any more, false when the time is over first. */
  async whenIdle(timeoutMs: number): Promise<boolean> {
    const end = Date.now() + timeoutMs;
    while (this.running > 0) {
      const left = end - Date.now();
      if (left <= 0) return false;
      await this.change(left);
    }
    return true;
  }

  private change(timeoutMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs);
      this.waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
