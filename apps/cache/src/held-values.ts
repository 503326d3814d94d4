interface Held<T> {
  readonly value: T;
  readonly readAt: number;
}

export interface HoldOptions {
  /** Milliseconds, counted from before the read: nothing older is ever given. */
  readonly maxAgeMs: number;
  readonly maxEntries: number;
  readonly now?: () => number;
}

/**
 * Short memory of values that live in Redis, so that the hot path costs no command for them. Past half its age a value is read anew
 * in the background; past its whole age the caller waits for the read, and its fault is the caller's. One read a key at a time.
 */
export class HeldValues<T> {
  private readonly held = new Map<string, Held<T>>();
  private readonly reads = new Map<string, Promise<T>>();
  private readonly now: () => number;

  constructor(private readonly options: HoldOptions) {
    this.now = options.now ?? (() => performance.now());
  }

  /** At once while the value is young enough. */
  get(key: string, read: () => Promise<T>): T | Promise<T> {
    const held = this.held.get(key);
    const age = held ? this.now() - held.readAt : Infinity;
    if (held && age < this.options.maxAgeMs) {
      if (age > this.options.maxAgeMs / 2) this.refresh(key, read).catch(() => undefined);
      return held.value;
    }
    return this.refresh(key, read);
  }

  /** The value last held, however old. */
  last(key: string): T | undefined {
    return this.held.get(key)?.value;
  }

  /** Holds a value that the caller has just written. A read under way may be older than it: its result is dropped. */
  set(key: string, value: T): void {
    this.reads.delete(key);
    this.hold(key, value, this.now());
  }

  private refresh(key: string, read: () => Promise<T>): Promise<T> {
    const running = this.reads.get(key);
    if (running) return running;
    const readAt = this.now();
    const reading = read()
      .then((value) => {
        if (this.reads.get(key) === reading) this.hold(key, value, readAt);
        return value;
      })
      .finally(() => {
        if (this.reads.get(key) === reading) this.reads.delete(key);
      });
    this.reads.set(key, reading);
    return reading;
  }

  private hold(key: string, value: T, readAt: number): void {
    this.held.delete(key);
    this.held.set(key, { value, readAt });
    if (this.held.size > this.options.maxEntries) this.held.delete(this.held.keys().next().value!);
  }
}
