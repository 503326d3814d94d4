import { Worker } from 'node:worker_threads';
import { EmbeddingError, type EmbeddingFault } from './embedding-error.js';

export interface ModelThreadData {
  /** Module to import, by name or URL. */
  readonly library: string;
  /** Where the model's folder lies; absent: by its name on the hub. */
  readonly folder?: string;
  readonly name: string;
  readonly dtype?: string;
  readonly pooling: string;
}

interface Message {
  readonly ready?: boolean;
  readonly missing?: boolean;
  readonly message?: string;
  readonly id?: number;
  readonly data?: Float32Array;
  readonly fault?: EmbeddingFault;
}

interface Pending {
  readonly resolve: (data: Float32Array) => void;
  readonly reject: (error: Error) => void;
}

const notInstalled =
  'The local embedder needs @huggingface/transformers, which is not installed: npm install @huggingface/transformers';

/** A thread that holds one model. Once it has ended, every call fails; its owner starts another one. */
export class ModelThread {
  readonly ready: Promise<void>;
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private settleReady!: { resolve: () => void; reject: (error: Error) => void };
  private nextId = 0;
  private ended?: EmbeddingError;

  constructor(data: ModelThreadData) {
    this.ready = new Promise((resolve, reject) => (this.settleReady = { resolve, reject }));
    this.ready.catch(() => undefined);
    this.worker = new Worker(new URL('./local-model.worker.mjs', import.meta.url), { workerData: data });
    this.worker.unref();
    this.worker.on('message', (message: Message) => this.receive(message));
    this.worker.on('error', (error) =>
      this.end(new EmbeddingError('unavailable', 'The model failed', { cause: error })),
    );
    this.worker.on('exit', () => this.end(new EmbeddingError('unavailable', 'The thread of the model has ended')));
  }

  get hasEnded(): boolean {
    return this.ended !== undefined;
  }

  /** The vectors of the texts, one after the other. */
  async run(texts: readonly string[]): Promise<Float32Array> {
    await this.ready;
    if (this.ended) {
      throw this.ended;
    }
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.worker.postMessage({ id, texts });
    });
  }

  async terminate(): Promise<void> {
    await this.worker.terminate();
  }

  private receive(message: Message): void {
    if (message.ready !== undefined) {
      if (message.ready) {
        this.settleReady.resolve();
      } else {
        const why = message.missing === true ? notInstalled : `The local model does not load: ${message.message}`;
        this.end(new EmbeddingError('unavailable', why));
      }
      return;
    }
    const call = this.pending.get(message.id!);
    this.pending.delete(message.id!);
    if (message.data) {
      call?.resolve(message.data);
    } else {
      call?.reject(new EmbeddingError(message.fault ?? 'unavailable', 'The local model did not take the text'));
    }
  }

  private end(error: EmbeddingError): void {
    this.ended ??= error;
    this.settleReady.reject(this.ended);
    this.pending.forEach(({ reject }) => reject(this.ended!));
    this.pending.clear();
  }
}
