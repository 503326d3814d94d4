import type { RedisConnections } from '#redis-connection';
import type { Embedder } from './embedder.js';
import type { EmbedderSettings } from './embedder-settings.js';
import { EmbeddingBatcher } from './embedding-batcher.js';
import { EmbeddingCache } from './embedding-cache.js';
import { LexicalEmbedder } from './lexical-embedder.js';
import { LocalEmbedder } from './local-embedder.js';
import { OpenAiEmbedder } from './openai-embedder.js';
import { selfTest } from './self-test.js';

/**
 * An embedder that has passed its self-test, batches concurrent calls and, where connections are given, remembers
 * vectors in Redis. The lexical one does neither: it is quicker than both.
 * @throws EmbeddingError when it cannot be reached or loaded, EmbedderRefusedError when it is unfit
 */
export async function createEmbedder(
  settings: EmbedderSettings,
  connections?: Pick<RedisConnections, 'command' | 'keyPrefix'>,
): Promise<Embedder> {
  const embedder = await openEmbedder(settings);
  try {
    await selfTest(embedder);
  } catch (error) {
    await embedder.close?.();
    throw error;
  }
  if (settings.kind === 'lexical') {
    return embedder;
  }
  const batched = new EmbeddingBatcher(embedder);
  return connections ? new EmbeddingCache(batched, connections) : batched;
}

/** The bare embedder, untested. */
export async function openEmbedder(settings: EmbedderSettings): Promise<Embedder> {
  switch (settings.kind) {
    case 'lexical':
      return new LexicalEmbedder(settings.threshold);
    case 'openai':
      return OpenAiEmbedder.connect(settings);
    case 'local':
      return LocalEmbedder.load(settings);
  }
}
