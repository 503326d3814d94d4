interface Waiting<T> {
  readonly reading: Promise<T>;
  readonly start: () => void;
}

/**
 * Lets those who ask for one key in one turn of the event loop share a read. It starts when all have asked, so nobody gets
 * what was there before asking; a popular question under load costs a fraction of a command.
 */
export class TurnReads<T> {
  private waiting = new Map<string, Waiting<T>>();

  /** Nobody may change what it resolves to. */
  get(key: string, read: () => Promise<T>): Promise<T> {
    const same = this.waiting.get(key);
    if (same) return same.reading;
    if (this.waiting.size === 0) process.nextTick(this.start);
    const { promise: reading, resolve } = deferred<T>();
    this.waiting.set(key, { reading, start: () => resolve(read()) });
    return reading;
  }

  private readonly start = (): void => {
    const { waiting } = this;
    this.waiting = new Map();
    for (const { start } of waiting.values()) start();
  };
}

function deferred<T>(): { promise: Promise<T>; resolve: (outcome: Promise<T>) => void } {
  let resolve!: (outcome: Promise<T>) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}
