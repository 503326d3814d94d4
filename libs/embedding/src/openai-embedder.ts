import type { Embedder, EmbedOptions } from './embedder.js';
import { embedderId } from './embedder-id.js';
import type { OpenAiSettings } from './embedder-settings.js';
import { EmbeddingError } from './embedding-error.js';
import { readEmbeddings } from './embedding-answer.js';
import { EmbeddingsEndpoint } from './embeddings-endpoint.js';
import { thresholdOf } from './model-thresholds.js';

/** About 8 000 tokens of prose; the server itself refuses what is too long for it. */
const defaultMaxCharacters = 24_000;

/** Asks an OpenAI-compatible server; the dimension is whatever its first answer has. */
export class OpenAiEmbedder implements Embedder {
  readonly id: string;
  readonly defaultThreshold: number;
  readonly maxCharacters: number;

  private constructor(
    private readonly settings: OpenAiSettings,
    private readonly endpoint: EmbeddingsEndpoint,
    readonly dimension: number,
  ) {
    const { url, model, dimensions, prefix } = settings;
    this.id = embedderId('openai', model, dimension, url, dimensions ?? null, prefix ?? '');
    this.defaultThreshold = settings.threshold ?? thresholdOf(model);
    this.maxCharacters = settings.maxCharacters ?? defaultMaxCharacters;
  }

  /** Asks for one vector, to learn the dimension. */
  static async connect(settings: OpenAiSettings): Promise<OpenAiEmbedder> {
    const endpoint = new EmbeddingsEndpoint(settings);
    try {
      const [vector] = readEmbeddings(await endpoint.post([`${settings.prefix ?? ''}dimension`], undefined), 1);
      return new OpenAiEmbedder(settings, endpoint, vector!.length);
    } catch (error) {
      await endpoint.close();
      throw error;
    }
  }

  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array[]> {
    if (texts.length === 0) {
      return [];
    }
    if (texts.some((text) => text.length > this.maxCharacters)) {
      throw new EmbeddingError('too-long', `A text has more than ${this.maxCharacters} characters`);
    }
    const prefix = this.settings.prefix ?? '';
    // Servers refuse an empty text; a space is the same one to a model.
    const input = texts.map((text) => prefix + text || ' ');
    const vectors = readEmbeddings(await this.endpoint.post(input, options.signal), texts.length);
    if (vectors.some((vector) => vector.length !== this.dimension)) {
      throw new EmbeddingError(
        'invalid-answer',
        `The embeddings server no longer answers ${this.dimension} dimensions`,
      );
    }
    return vectors;
  }

  close(): Promise<void> {
    return this.endpoint.close();
  }
}
