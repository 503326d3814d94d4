export interface CircuitBreakerOptions {
  /** Faults in a row that open the circuit. */
  readonly threshold: number;
  /** Milliseconds between two probes while it is open. */
  readonly probeEveryMs: number;
  /** Whether the other side answers again; asked in the background, never at the expense of a caller. */
  probe(): Promise<boolean>;
  onOpen(reason: string): void;
  onClose(): void;
}

/** Remembers that the other side is away, so that callers need not find out one by one. */
export class CircuitBreaker {
  /** A plain field: read before every command. */
  isOpen = false;
  private faults = 0;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: CircuitBreakerOptions) {}

  succeeded(): void {
    this.faults = 0;
  }

  failed(reason: string): void {
    if (++this.faults >= this.options.threshold) {
      this.open(reason);
    }
  }

  /** Opens at once, without counting: the connection is lost. */
  open(reason: string): void {
    if (this.isOpen || this.stopped) {
      return;
    }
    this.isOpen = true;
    this.scheduleProbe();
    this.options.onOpen(reason);
  }

  close(): void {
    this.cancelProbe();
    this.faults = 0;
    if (this.isOpen) {
      this.isOpen = false;
      this.options.onClose();
    }
  }

  /** For good: no more probes, no more changes to tell of. */
  stop(): void {
    this.stopped = true;
    this.cancelProbe();
  }

  private cancelProbe(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private scheduleProbe(): void {
    this.timer = setTimeout(() => void this.probe(), this.options.probeEveryMs);
    // The process may end while Redis is away.
    this.timer.unref();
  }

  private async probe(): Promise<void> {
    const probing = this.timer;
    const answers = await this.options.probe().catch(() => false);
    // A connection that came back, or stop(), may have overtaken this probe.
    if (this.timer !== probing || !this.isOpen) {
      return;
    }
    if (answers) {
      this.close();
    } else {
      this.scheduleProbe();
    }
  }
}
