import type { Embedder, EmbedOptions } from './embedder.js';
import { EmbeddingError } from './embedding-error.js';

export interface BatcherOptions {
  /** Texts in one call; 32 unless told. */
  readonly maxBatch?: number;
  /** Calls under way at the same time; 4 unless told. */
  readonly concurrency?: number;
  /** Texts that may wait; 2 000 unless told. More are refused at once. */
  readonly maxWaiting?: number;
}

interface Waiting {
  readonly text: string;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (vector: Float32Array) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Gathers concurrent calls into few. A call starts at once while one is free; what comes while all are busy goes
 * together in the next. A caller that gives up is released at once and spoils nothing for the others.
 */
export class EmbeddingBatcher implements Embedder {
  private readonly waiting: Waiting[] = [];
  private readonly maxBatch: number;
  private readonly concurrency: number;
  private readonly maxWaiting: number;
  private underWay = 0;
  private scheduled = false;

  constructor(
    private readonly inner: Embedder,
    options: BatcherOptions = {},
  ) {
    this.maxBatch = options.maxBatch ?? 32;
    this.concurrency = options.concurrency ?? 4;
    this.maxWaiting = options.maxWaiting ?? 2_000;
  }

  get id(): string {
    return this.inner.id;
  }
  get dimension(): number {
    return this.inner.dimension;
  }
  get defaultThreshold(): number {
    return this.inner.defaultThreshold;
  }
  get maxCharacters(): number {
    return this.inner.maxCharacters;
  }

  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array[]> {
    options.signal?.throwIfAborted();
    if (this.waiting.length + texts.length > this.maxWaiting) {
      throw new EmbeddingError('overloaded', 'Too many texts wait for their vectors');
    }
    const vectors = texts.map((text) => this.enqueue(text, options.signal));
    this.schedule();
    return Promise.all(vectors);
  }

  async close(): Promise<void> {
    await this.inner.close?.();
  }

  private enqueue(text: string, signal: AbortSignal | undefined): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      const onAbort = () => settle(() => reject(signal?.reason as Error));
      const settle = (end: () => void) => {
        signal?.removeEventListener('abort', onAbort);
        end();
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.waiting.push({
        text,
        signal,
        resolve: (vector) => settle(() => resolve(vector)),
        reject: (error) => settle(() => reject(error)),
      });
    });
  }

  /** In the next turn of the loop, so that calls of the same turn go together. */
  private schedule(): void {
    if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(() => {
        this.scheduled = false;
        this.start();
      });
    }
  }

  private start(): void {
    while (this.underWay < this.concurrency) {
      const batch = this.take();
      if (batch.length === 0) {
        return;
      }
      this.underWay += 1;
      void this.run(batch).finally(() => {
        this.underWay -= 1;
        this.start();
      });
    }
  }

  private take(): Waiting[] {
    const batch: Waiting[] = [];
    while (batch.length < this.maxBatch && this.waiting.length > 0) {
      const next = this.waiting.shift()!;
      if (next.signal?.aborted !== true) {
        batch.push(next);
      }
    }
    return batch;
  }

  private async run(batch: readonly Waiting[]): Promise<void> {
    try {
      const vectors = await this.inner.embed(
        batch.map(({ text }) => text),
        { signal: whenAllGaveUp(batch) },
      );
      batch.forEach(({ resolve }, i) => resolve(vectors[i]!));
    } catch (error) {
      // One text that the embedder does not take must not fail those that came along by chance.
      const culprit = error instanceof EmbeddingError && (error.fault === 'too-long' || error.fault === 'refused');
      if (culprit && batch.length > 1) {
        await Promise.all(batch.map((one) => this.run([one])));
      } else {
        batch.forEach(({ reject }) => reject(error as Error));
      }
    }
  }
}

/** Aborted when nobody waits for the batch any more. */
function whenAllGaveUp(batch: readonly Waiting[]): AbortSignal {
  const signals = new Set(batch.map(({ signal }) => signal));
  const controller = new AbortController();
  let waiting = signals.size;
  for (const signal of signals) {
    signal?.addEventListener('abort', () => (waiting -= 1) === 0 && controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
}
