export { createEmbedder, openEmbedder } from './src/create-embedder.js';
export type { Embedder, EmbedOptions } from './src/embedder.js';
export type { EmbedderSettings, LexicalSettings, LocalSettings, OpenAiSettings } from './src/embedder-settings.js';
export { EmbeddingBatcher, type BatcherOptions } from './src/embedding-batcher.js';
export { EmbeddingCache } from './src/embedding-cache.js';
export { EmbedderRefusedError, EmbeddingError, type EmbeddingFault } from './src/embedding-error.js';
export { LexicalEmbedder } from './src/lexical-embedder.js';
export { selfTest } from './src/self-test.js';
export { similarity, toUnit } from './src/unit-vector.js';
