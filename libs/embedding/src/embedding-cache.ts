import { createHash } from 'node:crypto';
import { embeddingKeys } from '#redis-keys';
import type { RedisClient, RedisConnections } from '#redis-connection';
import type { Embedder, EmbedOptions } from './embedder.js';

const defaultTtlSeconds = 7 * 86_400;

/** Remembers vectors in Redis by the SHA-256 of their text. Redis away or a spoilt value: the embedder is asked. */
export class EmbeddingCache implements Embedder {
  private readonly keyOf: (text: string) => string;
  private readonly counts = { hits: 0, misses: 0 };

  constructor(
    private readonly inner: Embedder,
    private readonly connections: Pick<RedisConnections, 'command' | 'keyPrefix'>,
    private readonly ttlSeconds = defaultTtlSeconds,
  ) {
    const keys = embeddingKeys(connections.keyPrefix);
    this.keyOf = (text) => keys.vector(inner.id, createHash('sha256').update(text).digest('hex'));
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

  /** Texts found and not found since the start. */
  get statistics(): { readonly hits: number; readonly misses: number } {
    return { ...this.counts };
  }

  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array[]> {
    const keys = texts.map(this.keyOf);
    const vectors = await this.read(keys);
    const missing = [...vectors.keys()].filter((i) => vectors[i] === undefined);
    this.counts.hits += texts.length - missing.length;
    this.counts.misses += missing.length;
    if (missing.length > 0) {
      const unknown = missing.map((i) => texts[i]!);
      const made = await this.inner.embed(unknown, options);
      options.onMade?.(unknown.reduce((sum, text) => sum + text.length, 0));
      missing.forEach((i, n) => (vectors[i] = made[n]));
      this.write(missing.map((i) => [keys[i]!, vectors[i]!]));
    }
    return vectors as Float32Array[];
  }

  async close(): Promise<void> {
    await this.inner.close?.();
  }

  /** One command a key, in one packet: keys of different slots cannot share one. */
  private read(keys: readonly string[]): Promise<(Float32Array | undefined)[]> {
    const client = this.client;
    return Promise.all(
      keys.map((key) =>
        client.getBuffer(key).then(
          (bytes) => this.decode(bytes),
          () => undefined,
        ),
      ),
    );
  }

  /** Not awaited: a vector that is not remembered is made again. */
  private write(entries: readonly (readonly [key: string, vector: Float32Array])[]): void {
    for (const [key, vector] of entries) {
      const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
      this.client.set(key, bytes, 'EX', this.ttlSeconds).catch(() => undefined);
    }
  }

  private decode(bytes: Buffer | null): Float32Array | undefined {
    if (bytes?.length !== this.dimension * 4) {
      return undefined;
    }
    const vector = new Float32Array(this.dimension);
    Buffer.from(vector.buffer).set(bytes);
    const length = Math.hypot(...vector);
    return Math.abs(length - 1) < 0.01 ? vector : undefined;
  }

  private get client(): RedisClient {
    return this.connections.command('cache');
  }
}
