export interface HousekeepingOptions {
  readonly sweepMs: number;
  readonly reconcileMs: number;
  /** Looks at some entries from a position on; answers the next position. */
  readonly sweep: (from: number) => Promise<number>;
  readonly reconcile: () => Promise<void>;
}

/** Looks for ghosts and for missed documents now and then, one at a time; a fault only puts it off. */
export class Housekeeping {
  private timer?: NodeJS.Timeout;
  private position = 0;
  private reconciledAt = Date.now();
  private soon = false;
  private running?: Promise<void>;

  constructor(private readonly options: HousekeepingOptions) {}

  start(): void {
    this.timer ??= setInterval(() => this.tick(), this.options.sweepMs).unref();
  }

  reconcileSoon(): void {
    this.soon = true;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private tick(): void {
    this.running ??= this.work()
      .catch(() => undefined)
      .finally(() => (this.running = undefined));
  }

  private async work(): Promise<void> {
    if (this.soon || Date.now() - this.reconciledAt > this.options.reconcileMs) {
      await this.options.reconcile();
      this.soon = false;
      this.reconciledAt = Date.now();
    }
    this.position = await this.options.sweep(this.position);
  }
}
