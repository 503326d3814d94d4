/** Frames on their way to one client: written at upstream's pace, read at the client's. One reader. */
export class FrameQueue implements AsyncIterable<string> {
  private readonly frames: string[] = [];
  private closed = false;
  private abandoned = false;
  private wakeReader?: () => void;
  private wakeWriter?: () => void;

  /** `limit`: characters held before `push` waits for the reader. */
  constructor(private readonly limit: number) {}

  private held = 0;

  /** Resolves when there is room for more; at once when nobody reads any more. */
  async push(frame: string): Promise<void> {
    if (this.abandoned) return;
    this.frames.push(frame);
    this.held += frame.length;
    this.wakeReader?.();
    while (this.held > this.limit && !this.abandoned) {
      await new Promise<void>((resolve) => (this.wakeWriter = resolve));
    }
  }

  close(): void {
    this.closed = true;
    this.wakeReader?.();
  }

  /** The client has gone: the writer goes on without it. */
  abandon(): void {
    this.abandoned = true;
    this.frames.length = 0;
    this.held = 0;
    this.wakeWriter?.();
    this.wakeReader?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    try {
      while (!this.abandoned) {
        if (this.frames.length > 0) {
          // All that waits goes out in one write.
          yield this.takeAll();
        } else if (this.closed) {
          return;
        } else {
          await new Promise<void>((resolve) => (this.wakeReader = resolve));
        }
      }
    } finally {
      this.abandon();
    }
  }

  private takeAll(): string {
    const text = this.frames.join('');
    this.frames.length = 0;
    this.held = 0;
    this.wakeWriter?.();
    return text;
  }
}
