import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Embedder, EmbedOptions } from './embedder.js';
import { embedderId } from './embedder-id.js';
import type { LocalSettings } from './embedder-settings.js';
import { EmbeddingError } from './embedding-error.js';
import { ModelThread, type ModelThreadData } from './model-thread.js';
import { thresholdOf } from './model-thresholds.js';
import { toUnit } from './unit-vector.js';

const defaultLibrary = '@huggingface/transformers';
const defaultTimeoutMs = 30_000;

/** An ONNX model in a thread of its own, loaded once; a thread that dies is replaced at the next call. */
export class LocalEmbedder implements Embedder {
  readonly id: string;
  readonly defaultThreshold: number;
  /** The thread refuses what has more tokens than the model reads; this only bounds the work of counting them. */
  readonly maxCharacters = 32_768;

  private constructor(
    private readonly settings: LocalSettings,
    private thread: ModelThread,
    readonly dimension: number,
  ) {
    const { model, prefix, dtype, pooling } = settings;
    this.id = embedderId('local', basename(model), dimension, prefix ?? '', dtype ?? '', pooling ?? 'mean');
    this.defaultThreshold = settings.threshold ?? thresholdOf(model);
  }

  /** Loads the model; the first vector tells the dimension. */
  static async load(settings: LocalSettings): Promise<LocalEmbedder> {
    const thread = new ModelThread(threadData(settings));
    try {
      const data = await thread.run(['dimension']);
      return new LocalEmbedder(settings, thread, data.length);
    } catch (error) {
      await thread.terminate();
      throw error;
    }
  }

  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array[]> {
    options.signal?.throwIfAborted();
    if (texts.length === 0) {
      return [];
    }
    if (texts.some((text) => text.length > this.maxCharacters)) {
      throw new EmbeddingError('too-long', `A text has more than ${this.maxCharacters} characters`);
    }
    if (this.thread.hasEnded) {
      this.thread = new ModelThread(threadData(this.settings));
    }
    const prefix = this.settings.prefix ?? '';
    const data = await this.bounded(this.thread.run(texts.map((text) => prefix + text)), options.signal);
    if (data.length !== texts.length * this.dimension) {
      throw new EmbeddingError('invalid-answer', `The local model no longer answers ${this.dimension} dimensions`);
    }
    return texts.map((_, i) => toUnit(data.slice(i * this.dimension, (i + 1) * this.dimension)));
  }

  close(): Promise<void> {
    return this.thread.terminate();
  }

  private bounded<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const deadline = AbortSignal.timeout(this.settings.timeoutMs ?? defaultTimeoutMs);
    return new Promise((resolve, reject) => {
      deadline.addEventListener('abort', () => reject(new EmbeddingError('timeout', 'The local model is too slow')));
      const onAbort = () => reject(signal?.reason as Error);
      signal?.addEventListener('abort', onAbort, { once: true });
      work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', onAbort));
    });
  }
}

function threadData(settings: LocalSettings): ModelThreadData {
  const { model, dtype, pooling = 'mean', library = defaultLibrary } = settings;
  const path = resolve(model);
  const isFolder = existsSync(path);
  return {
    library: locate(library),
    folder: isFolder ? dirname(path) : undefined,
    name: isFolder ? basename(path) : model,
    dtype,
    pooling,
  };
}

/** Where the library lies as seen from the application, which installed it; the thread tells when it is nowhere. */
function locate(library: string): string {
  try {
    return pathToFileURL(createRequire(resolve('package.json')).resolve(library)).href;
  } catch {
    return library;
  }
}
